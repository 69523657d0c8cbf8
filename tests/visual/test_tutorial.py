"""The guided tour is data, and what it says is true of what it shows."""

import json
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

from survey import coverage, curriculum, events
from survey.protocol import parse as parse_study
from tests import factories
from visual import tutorial
from visual.views import FEATURES

INSTRUMENTS = Path(__file__).parents[2] / "survey/studies/replication/en/instruments"
MOST_WORDS = 45


def test_every_step_has_its_words_and_all_words_have_a_step():
    words = tutorial.wording("en")
    assert [*words.steps] == [step.id for step in tutorial.steps()]
    assert [*words.chapters] == list(dict.fromkeys(step.chapter for step in tutorial.steps()))


def test_a_step_says_one_thing_in_few_words():
    for step_id, words in tutorial.wording("en").steps.items():
        assert len(words.text.split()) <= MOST_WORDS, step_id


@pytest.mark.parametrize("test", ["pretest", "posttest", "posttest_b"])
def test_who_only_follows_meets_every_concept_that_the_knowledge_test_asks(test):
    items = tomllib.loads((INSTRUMENTS / f"{test}.toml").read_text())["items"]
    met = {concept for step in tutorial.tour("en") for concept, _title in step["concepts"]}
    assert {item["concept"] for item in items} <= met
    assert met <= {concept.id for chapter in curriculum.chapters("en") for concept in chapter.concepts}


def test_a_step_speaks_of_the_concepts_that_it_names():
    said: dict[str, set[str]] = {}
    for step in tutorial.tour("en"):
        for concept, _title in step["concepts"]:
            said.setdefault(concept, set()).update(_stems(f"{step['title']} {step['text']}"))
    for concept, words in said.items():
        each = curriculum.concept("en", concept)
        assert len(words & _stems(f"{each.title} {each.gist}")) >= 2, concept


def _stems(text: str) -> set[str]:
    """Return the beginnings of a text's longer words, so that forms of one word meet."""
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}


def test_a_study_can_choose_chapters_in_the_tour_s_own_order():
    chosen = tutorial.tour("en", only=["cell", "sequences"])
    assert [step["id"] for step in chosen] == [
        step.id for step in tutorial.steps() if step.chapter in ("sequences", "cell")
    ]
    assert chosen[0]["chapter"] == "Sequences"


def test_the_page_of_an_arm_has_the_chapters_that_its_study_chose():
    files = factories.files()
    arm = 'condition = "visual:learn"\n'
    files["study.toml"] = files["study.toml"].replace(arm, arm + 'options = { tour_chapters = ["training"] }\n')
    protocol = parse_study(files)
    page = coverage.page(protocol, protocol.arm("visual"), "en")
    steps = json.loads(re.search(r'id="visual-tour"[^>]*>(.*?)</script>', page)[1])
    assert {step["chapter"] for step in steps} == {"Training"}


def test_what_a_step_waits_for_can_happen():
    for step in tutorial.steps():
        if step.waits_for is None:
            continue
        if "event" in step.waits_for:
            fields = events.KINDS[step.waits_for["event"]].__dataclass_fields__
            assert set(step.waits_for) - {"event"} <= set(fields), step.id
        else:
            assert set(step.waits_for) <= {"input", "click"}, step.id


def test_what_comes_after_a_prompt_or_an_experiment_begins_in_a_place_of_its_own():
    for before, step in pairwise(tutorial.steps()):
        if before.shows and (before.shows.prompt or before.shows.experiment):
            assert step.shows, f"{step.id} would begin where {before.id} ends"


def test_an_arm_that_goes_without_a_feature_gets_no_step_that_needs_it():
    everything = {step["id"] for step in tutorial.tour("en")}

    def missing(*features: str) -> set[str]:
        return everything - {step["id"] for step in tutorial.tour("en", without=features)}

    assert missing("predictions") == {"predict_curve", "predict_gate"}
    assert missing("clamp_gate") == {"clamp"}
    assert missing("experiments") == {"predict_curve", "predict_gate", "clamp"}
    assert missing("time_view") == {"open_time", "backward", "memory"}
    assert missing("settings") == {"batch", "noise"}
    assert "unit" in missing("cell_view") and "clamp" in missing("cell_view")
    assert not any(step["concepts"] for step in tutorial.tour("en", without=["explanations"]))
    assert {name for step in tutorial.steps() for name in step.needs} <= set(FEATURES)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"preset": "nothing"}, "preset 'nothing': expected one of"),
        ({"prompt": "nothing"}, "prompt 'nothing': expected one of"),
        ({"experiment": "seed_band"}, "experiment 'seed_band': expected one of"),
        ({}, "expected one of preset, prompt, experiment, got none"),
        ({"preset": "untrained", "prompt": "trained"}, "got preset, prompt"),
    ],
)
def test_a_place_that_is_none_is_refused(place, expected):
    with pytest.raises(ValidationError, match=expected):
        tutorial.Place(**place)


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="Extra inputs"):
        tutorial.Step(id="x", chapter="x", points_at="x", concepts=(), wait_for={})
