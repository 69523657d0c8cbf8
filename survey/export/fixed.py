"""The columns that every study has, whatever its files declare."""

from survey.export.analysis_columns import ANALYSIS
from survey.export.columns import TEXT_RULE, Column, columns_of

PARTICIPANTS, RESPONSES, VISITS = "participants.csv", "responses.csv", "visits.csv"
ALLOCATIONS, EVENTS, CODEBOOK = "allocations.csv", "events.csv", "codebook.csv"
RATINGS, AGREEMENT = "ratings.csv", "agreement.csv"

STATUS = (
    ("started", "has consented and is on the way"),
    ("finished", "has come to the end of the main part"),
    ("screened_out", "has come to an end before the end; screened_out_reason says why"),
    ("withdrawn", "has withdrawn; the data up to then are kept"),
    ("no_place", "came to the allocation when every place was taken"),
    ("erased", "has had all data erased; only the draw is left"),
)
KIND = (
    ("real", "a participant"),
    ("pilot", "came while the study was piloted"),
    ("test", "a preview by the researcher"),
    ("simulated", "made by simulate_participants"),
)
CORRECT = (("0", "wrong"), ("1", "correct"))
PASSED = (("0", "not everything right"), ("1", "everything right"))
NO_INTERVAL = "cannot be computed, such as where all agree; not computed for same_points"
MEASURE = (
    ("same_points", "share of answers to which all raters gave the same points"),
    ("weighted_kappa", "kappa of two raters, quadratic weights; interval of Fleiss, Cohen & Everitt 1969"),
    ("icc_2_1", "ICC(2,1), absolute agreement, one rater; interval of McGraw & Wong 1996"),
    ("icc_2_k", "ICC(2,k), absolute agreement, mean of all raters; interval of McGraw & Wong 1996"),
)
LATE = (("0", "sent in time"), ("1", "late"))
ENDED_BY = (("submitted", "by the participant"), ("time_out", "the time was up"))


def _participant(file: str) -> list[Column]:
    return columns_of(file, ("participant", "string", "Code of the participant, the same in all files"))


FILES: dict[str, list[Column]] = {
    PARTICIPANTS: _participant(PARTICIPANTS)
    + columns_of(
        PARTICIPANTS,
        ("study_version", "integer", "Version of the study that the participant goes by", {"minimum": 1}),
        ("arm", "string", "Arm that was drawn", {"missing": "left before the allocation"}),
        ("status", "string", "How far the participant has come", {"values": STATUS}),
        ("study_sha256", "string", "SHA-256 of the study folder in that version"),
        ("language", "string", "Language of the texts and questions, a code of two letters", {"missing": "erased"}),
        ("consented_at", "datetime", "When the consent was sent"),
        ("allocated_at", "datetime", "When the arm was drawn", {"missing": "left before the allocation"}),
        (
            "replaced_at",
            "datetime",
            "When the place was given to somebody else; who came back and finished shares it",
            {"missing": "not replaced"},
        ),
        ("finished_at", "datetime", "When the last page of the main part was sent", {"missing": "not finished"}),
        ("withdrawn_at", "datetime", "When the participant withdrew", {"missing": "not withdrawn"}),
        ("erased_at", "datetime", "When all data but the draw were erased", {"missing": "not erased"}),
        (
            "consent_version",
            "integer",
            "Version of the study in which the consent was read",
            {"minimum": 1, "missing": "erased, or given before consents were kept apart"},
        ),
        (
            "consent_sha256",
            "string",
            "SHA-256 of the information and the consent text that were read",
            {"missing": "erased, or given before consents were kept apart"},
        ),
        (
            "consent_language",
            "string",
            "Language in which they were read",
            {"missing": "erased, or given before consents were kept apart"},
        ),
        ("screened_out_at", "datetime", "When an end before the end was reached", {"missing": "not screened out"}),
        ("screened_out_reason", "string", "The study's code for why", {"missing": "not screened out"}),
        (
            "attention_failed",
            "integer",
            "Attention checks answered with something else than what they ask for",
            {"minimum": 0, "missing": "none was reached"},
        ),
        (
            "late_answers",
            "integer",
            "Items whose last answer was typed but not sent when the time of their page was up; their answers count",
            {"minimum": 0, "missing": "nothing was answered"},
        ),
        (
            "flags",
            "list",
            "Codes of the checks that were failed and let the participant go on; replaced: finished after replaced_at",
            {"missing": "none"},
        ),
        (
            "deviations",
            "list",
            "Codes of the study's rules of exclusion that are met: not in the per-protocol analysis",
            {"missing": "none"},
        ),
        (
            "kind",
            "string",
            "Whose data these are; only real ones unless asked for",
            {"values": KIND},
        ),
        (
            "excluded_for",
            "string",
            f"Why the researchers exclude the participant from the analysis ({TEXT_RULE})",
            {"missing": "not excluded"},
        ),
    ),
    RESPONSES: _participant(RESPONSES)
    + columns_of(
        RESPONSES,
        ("stage", "string", "Stage of the study"),
        ("instrument", "string", "Questionnaire or test"),
        ("page", "integer", "Page of the stage on which the item was shown", {"minimum": 1}),
        ("item", "string", "Item"),
        ("attempt", "integer", "Try at the stage; above 1 where a comprehension check is tried again", {"minimum": 1}),
        ("position", "integer", "Place of the item in the stage, in the order shown", {"minimum": 1}),
        ("options", "list", "Options in the order shown, joined with |", {"missing": "no choice item"}),
        ("revision", "integer", "1 for the first answer to this item, 2 for a changed one, and so on", {"minimum": 1}),
        (
            "value",
            "string",
            f"Answer: an option, options joined with |, a number, or a text ({TEXT_RULE})",
            {"missing": "left empty, where that is allowed"},
        ),
        (
            "correct",
            "integer",
            "Whether the answer is the key",
            {"values": CORRECT, "minimum": 0, "maximum": 1, "missing": "an item without a key"},
        ),
        (
            "late",
            "integer",
            "Whether it was typed but not sent when the time of its page was up",
            {"values": LATE, "minimum": 0, "maximum": 1},
        ),
        ("answered_at", "datetime", "When the answer was sent; of a late one, when the time was up or it arrived"),
    ),
    VISITS: _participant(VISITS)
    + columns_of(
        VISITS,
        ("stage", "string", "Stage of the study"),
        ("page", "integer", "Page of the stage", {"minimum": 1}),
        ("attempt", "integer", "Which time; above 1 where it is read or tried again", {"minimum": 1}),
        ("entered_at", "datetime", "When the page was first opened"),
        ("due_at", "datetime", "When the time for it was up", {"missing": "no time limit"}),
        ("completed_at", "datetime", "When it was sent, or its time was up", {"missing": "not left yet"}),
        ("ended_by", "string", "How it ended", {"values": ENDED_BY, "missing": "not left yet"}),
        (
            "seconds",
            "number",
            "Time from entering to leaving, pauses included",
            {"unit": "s", "minimum": 0, "missing": "not left yet"},
        ),
    ),
    ALLOCATIONS: _participant(ALLOCATIONS)
    + columns_of(
        ALLOCATIONS,
        ("kind", "string", "Kind of participant; the draws of each kind are counted apart", {"values": KIND}),
        ("sequence", "integer", "Place in the order of the draws", {"minimum": 1}),
        ("arm", "string", "Arm that was drawn"),
        ("method", "string", "Method of allocation"),
        ("stratum", "string", "Stratum", {"missing": "no strata"}),
        ("block", "integer", "Block, within list and stratum", {"minimum": 1}),
        ("block_size", "integer", "Number of places in the block", {"minimum": 1}),
        ("place", "integer", "Place within the block", {"minimum": 1}),
        (
            "replaces",
            "integer",
            "Sequence of the draw whose place was taken over, as its participant had left",
            {"minimum": 1, "missing": "a new place"},
        ),
        (
            "released_before",
            "integer",
            "Sequence of the draw before which this place was given free, as the participant had left",
            {"minimum": 1, "missing": "not given free"},
        ),
        ("released_at", "datetime", "When the place was given free", {"missing": "not given free"}),
        ("list_sha256", "string", "SHA-256 of the allocation's rule: method, block sizes, strata, arms, weights"),
        ("allocated_at", "datetime", "When the arm was drawn"),
    ),
    EVENTS: _participant(EVENTS)
    + columns_of(
        EVENTS,
        ("stage", "string", "Stage of the study"),
        (
            "sequence",
            "integer",
            "The browser's own count; from the start again when the page is loaded again",
            {"minimum": 0},
        ),
        ("kind", "string", "Kind of event"),
        ("occurred_at", "datetime", "When it happened, by the participant's clock"),
        ("received_at", "datetime", "When it arrived, by the server's clock"),
        ("event_id", "string", "Name of the event, unique for the participant"),
        ("data", "json", "Particulars of the event"),
    ),
    RATINGS: _participant(RATINGS)
    + columns_of(
        RATINGS,
        ("stage", "string", "Stage of the study"),
        ("item", "string", "Open item that was answered"),
        ("answer_revision", "integer", "Revision of the answer that was rated", {"minimum": 1}),
        ("rater", "integer", "Number of the rater", {"minimum": 1, "missing": "settled by consensus"}),
        ("revision", "integer", "1 for what was given first, 2 for a changed one, and so on", {"minimum": 1}),
        ("points", "integer", "Points of the rubric", {"minimum": 0, "missing": "cannot be rated"}),
        (
            "reason",
            "string",
            f"Why it cannot be rated, or was settled so ({TEXT_RULE})",
            {"missing": "no reason was given"},
        ),
        ("rated_at", "datetime", "When the points were given"),
    ),
    AGREEMENT: columns_of(
        AGREEMENT,
        ("stage", "string", "Stage of the study"),
        ("item", "string", "Open item that was answered"),
        ("measure", "string", "Measure of agreement", {"values": MEASURE}),
        ("rater", "integer", "Number of the rater", {"minimum": 1, "missing": "of all raters"}),
        ("other_rater", "integer", "Number of the other rater", {"minimum": 1, "missing": "of all raters"}),
        ("raters", "integer", "Raters that are compared", {"minimum": 2}),
        ("answers", "integer", "Answers to which all of them gave points", {"minimum": 0}),
        ("value", "number", "Agreement", {"maximum": 1, "missing": "cannot be computed, as nothing differs"}),
        ("ci_low", "number", "Lower bound of its 95 % confidence interval", {"maximum": 1, "missing": NO_INTERVAL}),
        ("ci_high", "number", "Upper bound of its 95 % confidence interval", {"maximum": 1, "missing": NO_INTERVAL}),
    ),
    **ANALYSIS,
    CODEBOOK: columns_of(
        CODEBOOK,
        ("file", "string", "File that has the column"),
        ("name", "string", "Name of the column"),
        ("label", "string", "What the column holds, in short"),
        (
            "type",
            "string",
            "Type of the values",
            {
                "values": (
                    ("string", "text"),
                    ("integer", "whole number"),
                    ("number", "number with a decimal point"),
                    ("datetime", "ISO 8601, UTC"),
                    ("list", "codes joined with |"),
                    ("json", "JSON object"),
                )
            },
        ),
        ("unit", "string", "Unit", {"missing": "no unit"}),
        (
            "values",
            "json",
            "Meaning of each code; of a rating scale, its two ends",
            {"missing": "values speak for themselves"},
        ),
        ("minimum", "number", "Least possible value", {"missing": "no bound is known"}),
        ("maximum", "number", "Greatest possible value", {"missing": "no bound is known"}),
        ("stage", "string", "Stage that it belongs to", {"missing": "no stage"}),
        ("instrument", "string", "Questionnaire or test that it belongs to", {"missing": "no instrument"}),
        (
            "scale",
            "string",
            "Of an item: the scales it belongs to. Of a score: how it is computed",
            {"missing": "no scale"},
        ),
        (
            "item_text",
            "string",
            "The item as it was asked, in the language that was chosen, else the study's first",
            {"missing": "no item"},
        ),
        ("concept", "string", "Concept that a knowledge item tests", {"missing": "no knowledge item"}),
        (
            "level",
            "string",
            "Level of a knowledge item",
            {
                "values": (("recall", "recall"), ("comprehension", "comprehension"), ("transfer", "transfer")),
                "missing": "no knowledge item",
            },
        ),
        ("key", "list", "Right answer; of an attention check, the one it asks for", {"missing": "no right answer"}),
        (
            "wording",
            "string",
            "Whose words the item has",
            {
                "values": (
                    ("own", "written for this study"),
                    ("adapted", "our words on a published structure"),
                    ("original", "the published words"),
                ),
                "missing": "no item or score",
            },
        ),
        ("source", "string", "Publication of wording or structure", {"missing": "no publication"}),
        ("missing", "string", "What an empty cell means"),
        ("study_versions", "list", "Versions of the study that have the column", {"missing": "all versions"}),
    ),
}
