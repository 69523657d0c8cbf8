"""Concept files: what is wrong with one is said by its name."""

import pytest

from survey import curriculum, markdown

GOOD = '+++\ntitle = "T"\ngist = "G."\nmisconception = "M."\n+++\nOne.\n\nTwo $x_t$.\n'


def _read(tmp_path, text):
    path = tmp_path / "a_concept.md"
    path.write_text(text)
    return curriculum.read_concept(path)


def test_a_concept_has_an_id_passages_and_html(tmp_path):
    concept = _read(tmp_path, GOOD)
    assert concept.id == "a_concept"
    assert concept.passages == ["One.", "Two $x_t$."]
    assert "<msub>" in concept.html


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("+++\ntitle", "title", "expected front matter"),
        ("\n+++\nOne", "\nOne", "expected front matter"),
        ('"T"', "T", "no valid TOML"),
        ("title", "titel", "a_concept.md: title: Field required"),
        ("One.\n\nTwo $x_t$.", "", "a_concept.md: explanation"),
        ("gist", 'deeper = { from = 3, title = "D" }\ngist', "a_concept.md: deeper: from is 3; .* has 2 passages"),
        (
            "gist",
            'deeper = { from = 1, title = "D" }\ngist',
            "a_concept.md: deeper.from: .* greater than or equal to 2",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, old, new, expected):
    with pytest.raises(curriculum.CurriculumError, match=expected):
        _read(tmp_path, GOOD.replace(old, new, 1))


def test_what_goes_deeper_is_apart_and_stays_a_passage(tmp_path):
    concept = _read(tmp_path, GOOD.replace("misconception", 'deeper = { from = 2, title = "D" }\nmisconception'))
    assert concept.passages == ["One.", "Two $x_t$."]
    assert "One." in concept.html and "Two" not in concept.html
    assert "<msub>" in concept.deeper_html and "One." not in concept.deeper_html


def test_sentences_are_measured_and_a_formula_is_one_word(tmp_path):
    text = GOOD.replace("One.", "It has $a + b$ in it. **So it is.** Why?").replace(
        "Two $x_t$.", "Here is another one."
    )
    assert _read(tmp_path, text).words_per_sentence == (5 + 3 + 1 + 4) / 4


def test_a_concept_leads_to_others_by_their_titles(tmp_path):
    concept = _read(tmp_path, GOOD)
    other = concept.model_copy(update={"id": "other", "title": "O", "see_also": ("a_concept",)})
    [related] = curriculum.connected([concept, other])["other"].related
    assert (related.id, related.title) == ("a_concept", "T")
    with pytest.raises(
        curriculum.CurriculumError, match=r"other.md: see_also: \['a_concept'\] are not in outline.toml"
    ):
        curriculum.connected([other])


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(curriculum.CurriculumError, match=r"nothing.md: not found"):
        curriculum.read_concept(tmp_path / "nothing.md")


def test_an_unknown_concept():
    with pytest.raises(KeyError):
        curriculum.concept("en", "nothing")
    assert curriculum.concept("en", "forget_gate").title == "Forget gate"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "<b>x</b>"])
def test_html_of_a_text_is_shown_not_obeyed(text):
    assert "<script" not in markdown.render(text) and "<img" not in markdown.render(text)
    assert "&lt;" in markdown.render(text)


def test_a_link_to_a_script_is_no_link():
    assert "href" not in markdown.render("[x](javascript:alert(1))")
