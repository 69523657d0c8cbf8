"""Both conditions of the study that ships teach every concept in the same words, and no item asks for more."""

import re
import tomllib
from collections import Counter
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from survey import coverage, curriculum
from survey.curriculum import examples
from survey.protocol import parse
from tests import factories


@pytest.fixture(scope="module")
def report() -> coverage.Report:
    return coverage.report(factories.protocol(factories.REPLICATION), "en")


def _outline() -> list[str]:
    outline = tomllib.loads((curriculum.FOLDER / "outline.toml").read_text())
    return [concept for chapter in outline["chapters"] for concept in chapter["concepts"]]


def test_nothing_is_missing_or_unequal(report):
    assert report.problems == []


def test_every_concept_is_in_every_condition_with_as_many_words(report):
    assert report.arms == ("visual", "text")
    assert [row.concept for row in report.rows] == _outline()
    for row in report.rows:
        explanation = len(curriculum.concept("en", row.concept).explanation.split())
        assert row.words["visual"] == row.words["text"] > explanation, row.concept


def test_the_core_is_read_within_the_learning_phase_and_by_all_alike(report):
    at_most = coverage.CORE_MINUTES * coverage.WORDS_A_MINUTE
    assert report.core_words("visual") == report.core_words("text") <= at_most
    assert report.core_words("text") < report.concept_words("text") - 500, "what goes deeper is no part of it"
    # With the chapters' introductions and the captions of the figures, the text is hardly longer.
    assert report.core_words("text") < report.reading["text"] <= at_most * 1.08


def test_no_item_of_any_form_asks_for_what_may_be_left_out():
    files = factories.files(factories.REPLICATION)
    tests = {
        form: tomllib.loads(files[f"en/instruments/{form}.toml"])["items"]
        for form in ("pretest", "posttest", "posttest_b")
    }
    asked = {form: [SimpleNamespace(**item) for item in items] for form, items in tests.items()}
    assert coverage.too_deep(asked, "en") == []
    asked["posttest"][0].passages = ["forget_gate:3"]
    [problem] = coverage.too_deep(asked, "en")
    assert problem == f"posttest, {asked['posttest'][0].id}: cites forget_gate:3, which goes deeper and may be left out"


def test_every_item_of_the_study_is_counted_once_at_its_level(report):
    assert report.instruments == ("pretest", "posttest")
    levels = sum((row.items["posttest"] for row in report.rows), Counter())
    assert levels == {"recall": 8, "comprehension": 8, "transfer": 10}
    assert sum(sum(row.items["pretest"].values()) for row in report.rows) == 8


def test_every_passage_that_an_item_cites_is_on_the_page_of_every_arm():
    protocol = factories.protocol(factories.REPLICATION)
    pages = [_words(coverage.page(protocol, arm, "en")) for arm in protocol.study.arms]
    cited = {
        passage for _, instrument in protocol.instruments() for item in instrument.items for passage in item.passages
    }
    assert len(cited) > 25
    for passage in cited:
        concept, number = passage.split(":")
        words = _words(re.sub(r"\$[^$]*\$", "<math>", curriculum.concept("en", concept).passages[int(number) - 1]))
        pieces = [piece for piece in words.split("<math>") if len(piece) > 20]
        assert pieces
        for page in pages:
            assert all(piece in page for piece in pieces), passage


def _words(markup: str) -> str:
    """Return letters and digits alone, so that markup of every kind falls away."""
    page = re.sub(r"<math.*?</math>|<math>", "\0", markup, flags=re.DOTALL)
    page = re.sub(r"<[^>]*>|&\w+;|&#\w+;", "", page)
    return re.sub(r"[^\w\0]", "", page).replace("\0", "<math>")


def test_the_same_words_are_found_however_a_condition_names_its_sections():
    shown = coverage.concepts('<section class="concept" id="concept-noise"><h2>Noise</h2> <p>a &amp; b</p></section>')
    assert shown == {"noise": "Noise a & b"}


def _row(**words):
    return coverage.Row("noise", "Noise", "Training", 12.0, words, words, {})


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"one": {"noise": "a b"}, "two": {"noise": "a b"}}, []),
        ({"one": {"noise": "a b"}, "two": {}}, ["noise: missing in the condition of arm 'two'"]),
        ({"one": {"noise": "a b"}, "two": {"noise": "a c"}}, ["noise: the arms 'one' and 'two' read different words"]),
        (
            {"one": {"noise": "a", "loss": "b"}, "two": {"loss": "b", "noise": "a"}},
            ["the arms 'one' and 'two' teach the concepts in different orders"],
        ),
    ],
)
def test_what_an_arm_lacks_or_says_otherwise_is_found(shown, expected):
    rows = [_row(**{arm: len(texts.get("noise", "").split()) for arm, texts in shown.items()})]
    assert coverage.unequal(rows, shown) == expected


def test_every_figure_of_the_text_is_a_moment_that_the_visualization_shows_too(report):
    known = examples.examples("en")
    assert report.examples == {
        name: {"visual": len(example.moments), "text": len(example.moments)} for name, example in known.items()
    }
    assert report.figures == {"visual": 0, "text": len(known)}


def test_an_example_that_is_missing_or_another_and_a_figure_without_one_are_found():
    example = examples.Example(
        id="loss", concept="loss", title="The loss", moments=[{"address": "epoch=2&step=1", "name": "early"}]
    )
    good = '<figure data-example="loss" data-addresses="epoch=2&amp;step=1">'
    pages = {"good": good, "other": good.replace("=2", "=3"), "none": "<figure>"}
    assert coverage.unmatched([example], pages, {arm: coverage.addresses(page) for arm, page in pages.items()}) == [
        "example loss: arm 'other' shows other moments",
        "example loss: missing in the condition of arm 'none'",
        "arm 'none' has a figure that no other arm can show: <figure>",
    ]


def test_an_item_on_what_is_not_taught_is_found():
    item = factories.protocol().instruments()[-1][1].items[0]
    stray = item.model_copy(update={"id": "stray", "concept": "attention", "passages": ("noise:9", "attention:1")})
    assert coverage.untaught([_row()], {"posttest": [stray]}, "en") == [
        "posttest, stray: tests 'attention', which is not taught",
        "posttest, stray: cites noise:9, which does not exist",
        "posttest, stray: cites attention:1, which does not exist",
    ]


def test_the_command_writes_the_report_and_needs_no_database(tmp_path, capsys):
    call_command("coverage_report", str(factories.REPLICATION), out=tmp_path / "coverage.md")
    text = (tmp_path / "coverage.md").read_text()
    assert re.search(
        r"^\| Inside the LSTM cell \| `forget_gate` \| [\d.]+ \| (\d+ \(\d+\)) \| \1 \|  \| R1 T1 \|$",
        text,
        re.MULTILINE,
    )
    assert "Nothing is missing or unequal." in text
    call_command("coverage_report")
    assert capsys.readouterr().out.endswith(text)


def test_the_command_fails_when_something_is_missing(monkeypatch):
    page = coverage.page
    monkeypatch.setattr(
        coverage, "page", lambda *given: page(*given).replace('class="concept" id="noise"', 'class="gone" id="noise"')
    )
    with pytest.raises(CommandError, match="noise: missing in the condition of arm 'text'"):
        call_command("coverage_report", str(factories.REPLICATION))


def test_an_arm_without_explanations_lacks_every_concept():
    files = factories.files(factories.REPLICATION)
    arm = 'condition = "visual:learn"\nfeatures = { '
    assert arm in files["study.toml"]
    files["study.toml"] = files["study.toml"].replace(arm, arm + "explanations = false, ")
    problems = coverage.report(parse(files), "en").problems
    assert problems == [
        *(f"{concept}: missing in the condition of arm 'visual'" for concept in _outline()),
        *(f"example {name}: missing in the condition of arm 'visual'" for name in examples.examples("en")),
    ]


@pytest.mark.django_db
def test_a_loaded_study_is_found_by_its_name(capsys):
    factories.study(factories.REPLICATION)
    call_command("coverage_report", "replication")
    assert "Coverage of the study 'replication'" in capsys.readouterr().out
    with pytest.raises(CommandError, match="nobody: neither a study folder nor the name of a loaded study"):
        call_command("coverage_report", "nobody")
