"""The questionnaires that ship have the published structure: items, points, scoring, source; in our own words."""

import re
import tomllib

import pytest

from survey.export import codebook
from survey.items import Instrument
from survey.scoring import score
from tests import factories

FOLDER = factories.REPLICATION / "en/instruments"
# instrument: {scale: (items, points or range, score, reversed items)}, DOI or title of the source
STRUCTURE = {
    "cognitive_load": (
        {"icl": (2, 7, "mean", 0), "ecl": (3, 7, "mean", 0), "gcl": (2, 7, "mean", 0)},
        "10.3389/fpsyg.2017.01997",
    ),
    "mental_effort": ({"mental_effort": (1, 9, "mean", 0)}, "10.1037/0022-0663.84.4.429"),
    "raw_tlx": ({"raw_tlx": (6, (0, 100, 5), "mean", 0)}, "10.1016/S0166-4115(08)62386-9"),
    "interest_enjoyment": ({"interest_enjoyment": (7, 7, "mean", 2)}, "10.1037/0022-3514.43.3.450"),
    "usability": ({"usability": (10, 5, "sus", 0)}, "Brooke, J. (1996)"),
    "judgement_of_learning": (
        {
            "jol_total": (3, (0, 100, 1), "mean", 0),
            "judged_recall": (1, (0, 100, 1), "mean", 0),
            "judged_comprehension": (1, (0, 100, 1), "mean", 0),
            "judged_transfer": (1, (0, 100, 1), "mean", 0),
        },
        "",
    ),
}


def _instrument(name: str) -> Instrument:
    return Instrument.model_validate(tomllib.loads((FOLDER / f"{name}.toml").read_text()))


@pytest.mark.parametrize("name", STRUCTURE)
def test_items_points_and_scores_are_those_of_the_publication(name):
    scales, source = STRUCTURE[name]
    instrument = _instrument(name)
    assert {scale.id for scale in instrument.scales} == set(scales), "and no total over several scales"
    for scale in instrument.scales:
        items, points, scored, reverse = scales[scale.id]
        assert (len(scale.items), scale.score, len(scale.reverse)) == (items, scored, reverse)
        for item in map(instrument.item, scale.items):
            answers = item.points if item.type == "likert" else (item.minimum, item.maximum, item.step)
            assert answers == points, item.id
    assert instrument.wording == ("adapted" if source else "own")
    assert source in instrument.source


def test_every_questionnaire_is_held_against_its_structure():
    questionnaires = {path.stem for path in FOLDER.glob("*.toml") if _instrument(path.stem).kind == "questionnaire"}
    assert questionnaires == {"demographics", *STRUCTURE}


def test_judgements_are_one_for_each_level_of_the_test():
    levels = {item.id for item in _instrument("judgement_of_learning").items}
    assert levels == {"jol_recall", "jol_comprehension", "jol_transfer"}


def test_the_workload_of_performance_runs_from_good_to_poor():
    item = _instrument("raw_tlx").item("tlx_performance")
    assert re.search(r"0 means very well, 100 means very badly", item.help)


def test_the_item_on_prompts_can_be_added_and_leaves_the_score_of_germane_load_alone():
    """It stands in the file behind number signs: it favors a condition that has prompts."""
    lines = (FOLDER / "cognitive_load.toml").read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line == "# [[items]]")
    item = "\n".join(line.removeprefix("# ") for line in lines[at:])
    first_scale = lines.index("[[scales]]")
    with_item = "\n".join([*lines[:first_scale], item, *lines[first_scale:at]])
    instrument = Instrument.model_validate(tomllib.loads(with_item))
    [added] = [item for item in instrument.items if item.id == "gcl_3"]
    assert (added.points, added.required) == (7, False)
    germane = next(scale for scale in instrument.scales if scale.id == "gcl")
    assert germane.items == ("gcl_1", "gcl_2")
    answers = {"gcl_1": 4, "gcl_2": 5, "gcl_3": 7}
    assert score(germane, instrument, answers, answers) == 4.5


@pytest.mark.django_db
def test_the_codebook_names_wording_and_source_of_every_answer():
    columns = codebook.columns(factories.study(factories.REPLICATION))["participants.csv"]
    named = {column.name: (column.wording, column.source) for column in columns}
    for _, instrument in factories.protocol(factories.REPLICATION).instruments():
        for item in instrument.items:
            assert named[item.id] == (instrument.wording, instrument.source)
