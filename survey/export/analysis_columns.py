"""The columns of the files that say how scores, derived measures and hypotheses are computed from the others."""

from survey.export.columns import TEXT_RULE, Column, columns_of

MEASURES, DERIVED, HYPOTHESES = "measures.csv", "derived.csv", "hypotheses.csv"

ANALYSIS: dict[str, list[Column]] = {
    MEASURES: columns_of(
        MEASURES,
        ("score", "string", "Score, a column of participants.csv"),
        (
            "method",
            "string",
            "How the score is computed from its items",
            {
                "values": (
                    ("mean", "mean"),
                    ("sum", "sum"),
                    ("percent_correct", "percentage of the items that are correct"),
                    ("percent_rated", "percentage of the points that raters could give"),
                    ("sus", "System Usability Scale"),
                )
            },
        ),
        ("place", "integer", "Place of the item in the score", {"minimum": 1}),
        ("item", "string", "Item, a column of participants.csv"),
        ("value", "string", "Column of participants.csv with the number that counts for the item"),
        (
            "reversed",
            "integer",
            "Whether minimum + maximum - value counts",
            {"values": (("0", "the value counts"), ("1", "turned around")), "minimum": 0, "maximum": 1},
        ),
        ("minimum", "number", "Least value that counts; of a rated answer, what one left empty gets"),
        ("maximum", "number", "Greatest value that counts"),
        ("options", "list", "Options of a choice item", {"missing": "no choice item"}),
        ("key", "list", "Right answer", {"missing": "no right answer"}),
    ),
    DERIVED: columns_of(
        DERIVED,
        ("derived", "string", "Derived measure of the study file; no column of participants.csv"),
        ("words", "string", f"What it is called ({TEXT_RULE})"),
        (
            "method",
            "string",
            "How it is computed from two scores, for whoever has both",
            {
                "values": (
                    (
                        "efficiency",
                        "(z of minuend - z of subtrahend) / square root of 2; z by mean and SD (n - 1) of everybody "
                        "in the set that is analysed, all arms together, who has both scores",
                    ),
                    ("judgement_bias", "minuend - subtrahend, in percentage points"),
                )
            },
        ),
        ("minuend", "string", "Score, a column of participants.csv"),
        ("subtrahend", "string", "Score that is subtracted from it, a column of participants.csv"),
    ),
    HYPOTHESES: columns_of(
        HYPOTHESES,
        ("hypothesis", "string", "Hypothesis of the study file"),
        ("words", "string", f"What is expected ({TEXT_RULE})"),
        ("family", "string", "Hypotheses whose p values are adjusted together"),
        (
            "test",
            "string",
            "Test that decides",
            {
                "values": (
                    ("difference", "Welch's t test"),
                    ("ancova", "analysis of covariance"),
                    ("equivalence", "two one-sided Welch's t tests"),
                )
            },
        ),
        ("outcome", "string", "Score, a column of participants.csv, or measure of derived.csv"),
        ("arm_1", "string", "Arm"),
        ("arm_2", "string", "Arm that is subtracted from it"),
        (
            "direction",
            "string",
            "On which side the first arm is expected; every p is two-sided",
            {
                "values": (("greater", "above"), ("less", "below"), ("different", "on either side")),
                "missing": "equivalence is expected",
            },
        ),
        ("covariate", "string", "Covariate, a column of participants.csv", {"missing": "no covariate"}),
        ("lower_bound", "number", "Difference from which the arms are not equivalent", {"missing": "no equivalence"}),
        ("upper_bound", "number", "Difference up to which they are equivalent", {"missing": "no equivalence"}),
        ("alpha", "number", "Level of significance", {"minimum": 0, "maximum": 1}),
    ),
}
