"""The knowledge tests and the curriculum that they test keep the rules of their craft.

Reads the files of every study that ships, as they are. Each check returns what it finds fault with, in words.
"""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from survey import curriculum
from survey.item_quality import LEVELS, repetitions, teaching_problems, unevenness, wording_problems

SURVEY = Path(__file__).parents[2] / "survey"
CONCEPTS = SURVEY / "curriculum/concepts/en"
# Each of these is what at least one distractor of the post-test stands for.
CORE_MISCONCEPTIONS = (
    "A forget gate of 1 forgets",
    "Weights differ from step to step",
    "Hidden state and cell state are the same",
    "Gates are fixed after training",
    "An LSTM always beats a plain RNN",
    "A larger batch always learns faster per epoch",
)


def _toml(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _outline():
    """Return the concept ids of each chapter, in teaching order."""
    outline = _toml(SURVEY / "curriculum/outline.toml")
    return {chapter["id"]: chapter["concepts"] for chapter in outline["chapters"]}


def _concept(path):
    """Return front matter and paragraphs of a concept file."""
    opening, front, explanation = path.read_text(encoding="utf-8").split("+++\n", 2)
    assert opening == "", f"{path.name} begins with +++"
    return tomllib.loads(front), explanation.strip().split("\n\n")


def _knowledge_tests():
    """Return every knowledge test of every study as (path, content)."""
    paths = sorted((SURVEY / "studies").glob("*/en/instruments/*.toml"))
    tests = [(path, _toml(path)) for path in paths]
    return [(path, test) for path, test in tests if test["kind"] == "knowledge_test"]


TESTS = _knowledge_tests()
PATHS_AND_TESTS = [pytest.param(path, test, id=f"{path.parts[-4]}-{path.stem}") for path, test in TESTS]
POST_TESTS = [case for case in PATHS_AND_TESTS if case.values[0].stem.startswith("posttest")]
ITEMS = [pytest.param(item, id=item["id"]) for _, test in TESTS for item in test["items"]]
CHOICES = [case for case in ITEMS if case.values[0]["type"] == "single_choice"]
OPEN_TASKS = [case for case in ITEMS if case.values[0]["type"] == "long_text"]
CONCEPT_FILES = [pytest.param(path, id=path.stem) for path in sorted(CONCEPTS.glob("*.md"))]


def _paragraphs():
    return {path.stem: len(_concept(path)[1]) for path in CONCEPTS.glob("*.md")}


def _valid_item(**changes):
    item = {
        "id": "post_x",
        "type": "single_choice",
        "text": "What does a forget gate of 1 do to the old cell value?",
        "concept": "forget_gate",
        "level": "recall",
        "key": "a",
        "reason": "The old value is multiplied by 1.",
        "passages": ["forget_gate:1"],
        "options": [
            {"value": "a", "text": "It keeps it in full."},
            {"value": "b", "text": "It erases it in full.", "misconception": "A forget gate of 1 forgets."},
            {"value": "c", "text": "It halves it at once.", "misconception": "A gate halves."},
        ],
    }
    return item | changes


def _with_option(value, **changes):
    options = _valid_item()["options"]
    return _valid_item(options=[each | changes if each["value"] == value else each for each in options])


@pytest.mark.parametrize("item", CHOICES)
def test_wording_does_not_tell_the_key(item):
    assert wording_problems(item) == []


@pytest.mark.parametrize("item", ITEMS)
def test_item_asks_what_is_taught(item):
    assert teaching_problems(item, _paragraphs()) == []


def test_a_good_item_passes():
    assert wording_problems(_valid_item()) == []
    assert teaching_problems(_valid_item(), {"forget_gate": 1}) == []


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (_with_option("b", text="It erases it in full, now and at later steps."), "key's length"),
        (_with_option("b", text="It erases."), "key's length"),
        (_with_option("b", misconception=" "), "names no misconception"),
        (_with_option("a", misconception="None."), "the key names a misconception"),
        (_with_option("c", text="All of the above."), "forbidden phrase"),
        (_with_option("c", text="It always halves it."), "absolute word"),
        (_with_option("c", text="It erases it in full."), "same text"),
        (_with_option("c", text="It halves it at once"), "full stop"),
        (_with_option("a", text="It keeps the old one."), "only the key repeats"),
        (_with_option("a", text="It mostly keeps it."), "only the key is hedged: 'mostly'"),
        (_valid_item(text="What does a forget gate of 1 not do?"), "negation"),
        (_valid_item(options=_valid_item()["options"][:2]), "expected 3"),
    ],
)
def test_a_flaw_of_wording_is_found(item, problem):
    assert any(problem in found for found in wording_problems(item))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"concept": "unknown"}, "not in the curriculum"),
        ({"level": "knowledge"}, "level"),
        ({"reason": ""}, "no reason"),
        ({"passages": ["forget_gate:2"]}, "does not exist"),
        ({"passages": []}, "no passage of its own concept"),
    ],
)
def test_a_gap_in_teaching_is_found(changes, problem):
    found = teaching_problems(_valid_item(**changes), {"forget_gate": 1})
    assert any(problem in each for each in found)


@pytest.mark.parametrize("item", OPEN_TASKS)
def test_open_task_has_a_rubric_from_0_to_3(item):
    assert [line.split(":")[0] for line in item["rubric"]] == ["0 points", "1 point", "2 points", "3 points"]
    assert item["required"] is False
    assert item["maximum_length"] == 1500


@pytest.mark.parametrize(("path", "test"), PATHS_AND_TESTS)
def test_neither_place_nor_length_tells_the_key(path, test):
    assert unevenness(test["items"]) == []


def test_keys_at_one_place_are_found():
    items = [_valid_item(id=f"post_{number}") for number in range(6)]
    assert unevenness(items) == [
        "the keys are at the places 1, 2, 3 of the options [6, 0, 0] times; expected an even spread"
    ]
    assert unevenness(items[:5]) == [], "too few to say"


def test_keys_that_are_the_longest_are_found():
    items = [_with_option("a", text="It keeps it all in full.") | {"options": _rotated(number)} for number in range(6)]
    assert unevenness(items) == ["the key is the longest option in 6 of 6 items"]


def _rotated(number):
    options = _with_option("a", text="It keeps it all in full.")["options"]
    return options[number % 3 :] + options[: number % 3]


@pytest.mark.parametrize(("path", "test"), PATHS_AND_TESTS)
def test_options_are_shuffled_and_items_are_not(path, test):
    assert test["shuffle_options"] is True
    assert test["shuffle_items"] is False
    assert test["items_per_page"] == 4


@pytest.mark.parametrize(("path", "test"), PATHS_AND_TESTS)
def test_total_scores_every_closed_item_once(path, test):
    closed = [item["id"] for item in test["items"] if item["type"] == "single_choice"]
    totals = [scale for scale in test["scales"] if scale["id"].endswith("_total")]
    assert [scale["items"] for scale in totals] == [closed]
    rated = [scale["items"] for scale in test["scales"] if scale["score"] != "percent_correct"]
    assert [item for items in rated for item in items] == [item["id"] for item in test["items"] if "rubric" in item]


@pytest.mark.parametrize(("path", "test"), POST_TESTS)
def test_post_test_has_eight_items_per_level_in_order(path, test):
    levels = [item["level"] for item in test["items"]]
    assert levels == ["recall"] * 8 + ["comprehension"] * 8 + ["transfer"] * 10
    assert [item["type"] for item in test["items"][24:]] == ["long_text"] * 2
    for level in LEVELS:
        scale = next(scale for scale in test["scales"] if scale["id"].endswith(f"_{level}"))
        assert scale["items"] == [item["id"] for item in test["items"][:24] if item["level"] == level]


@pytest.mark.parametrize(("path", "test"), POST_TESTS)
def test_post_test_covers_every_chapter(path, test):
    chapter_of = {concept: chapter for chapter, concepts in _outline().items() for concept in concepts}
    items = Counter(chapter_of[item["concept"]] for item in test["items"])
    assert set(items) == set(_outline())
    assert min(items.values()) >= 4, items


@pytest.mark.parametrize(("path", "test"), POST_TESTS)
def test_parallel_form_follows_the_same_blueprint(path, test):
    reference = _toml(path.with_name("posttest.toml"))
    assert [(item["type"], item["concept"], item["level"]) for item in test["items"]] == [
        (item["type"], item["concept"], item["level"]) for item in reference["items"]
    ]


def test_post_test_covers_the_core_misconceptions():
    test = _toml(SURVEY / "studies/replication/en/instruments/posttest.toml")
    options = [option for item in test["items"] for option in item.get("options", [])]
    named = " ".join(option.get("misconception", "") for option in options)
    assert [misconception for misconception in CORE_MISCONCEPTIONS if misconception not in named] == []


def test_no_question_is_asked_twice():
    for study in sorted({path.parts[-4] for path, _ in TESTS}):
        items = [item for path, test in TESTS if path.parts[-4] == study for item in test["items"]]
        assert len({item["id"] for item in items}) == len(items)
        assert repetitions(items) == {}


def test_a_question_that_is_asked_twice_is_found():
    twice = _valid_item(id="post_y", text="What does a forget gate of 1 do, to the OLD cell value?")
    assert repetitions([_valid_item(), _valid_item(id="post_z", text="Another?"), twice]) == {"post_y": "post_x"}


RECORD = SURVEY.parent / "docs/items.md"


def test_the_review_record_is_of_these_items():
    """Each row of docs/items.md begins with what the item's own file says."""
    rows = [line for line in RECORD.read_text().splitlines() if line.startswith("| `")]
    assert [row.split(" | ")[:4] for row in rows] == [
        [f"| `{item['id']}`", f"`{item['concept']}`", item["level"], _because(item)]
        for name in ("pretest", "posttest", "posttest_b")
        for item in _toml(SURVEY / f"studies/replication/en/instruments/{name}.toml")["items"]
    ]


def _because(item):
    return item["reason"] if "key" in item else "rubric from 0 to 3 points"


def test_every_concept_of_the_outline_has_a_file_and_every_file_a_place():
    listed = [concept for concepts in _outline().values() for concept in concepts]
    assert sorted(listed) == sorted(path.stem for path in CONCEPTS.glob("*.md"))


def test_every_chapter_has_a_title_and_an_introduction():
    wording = _toml(CONCEPTS / "chapters.toml")
    assert list(wording) == list(_outline())
    for chapter in wording.values():
        assert chapter["title"].strip() and chapter["introduction"].strip()


@pytest.mark.parametrize("path", CONCEPT_FILES)
def test_concept_is_complete(path):
    front, paragraphs = _concept(path)
    for field in ("title", "gist", "misconception"):
        assert front[field].strip(), field
    assert front["gist"].count(". ") == 0 and front["gist"].endswith("."), "the gist is one sentence"
    assert 2 <= len(paragraphs) <= 5
    assert 2 <= len(front["see_also"]) <= 3 and path.stem not in front["see_also"]
    for symbol in front.get("symbols", []):
        assert symbol["symbol"].strip() and symbol["meaning"].strip()


@pytest.mark.parametrize("path", CONCEPT_FILES)
def test_explanation_is_plain_and_its_sentences_are_short(path):
    text = "\n\n".join(_concept(path)[1])
    assert re.search(r"^#|!\[|<\w", text, re.MULTILINE) is None, "no headings, images or HTML"
    sentences = re.split(r"(?<=[.?!])\**\s+", re.sub(r"\$[^$]+\$", "x", text))
    assert max(len(sentence.split()) for sentence in sentences) <= 25
    assert 9 <= curriculum.read_concept(path).words_per_sentence <= 15
