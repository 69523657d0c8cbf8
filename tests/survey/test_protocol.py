"""A study folder is checked as a whole: every error names file, line, key and what was expected."""

import pytest

from survey import protocol
from survey.export.fixed import FILES, PARTICIPANTS
from survey.protocol import StudyError, parse
from survey.toml_lines import key_lines, line_of
from tests import factories


def _problems(**edits) -> list[str]:
    """Return what is said about the tiny study with these files changed; `edits` maps a text to its replacement."""
    texts = factories.files()
    for name, (old, new) in edits.items():
        path = next(path for path in texts if path.endswith(f"{name}.toml"))
        assert old in texts[path], f"{old!r} is not in {path}: the test would prove nothing"
        texts[path] = texts[path].replace(old, new, 1)
    with pytest.raises(StudyError) as refused:
        parse(texts)
    return [str(problem) for problem in refused.value.problems]


def _chapters(options: str) -> dict:
    """Return the edit that gives the first arm these options."""
    return {"study": ('condition = "visual:learn"', f'condition = "visual:learn"\noptions = {options}')}


def test_the_shipped_study_is_without_errors():
    shipped = factories.protocol(factories.REPLICATION)
    kinds = [stage.kind for stage in shipped.study.stages]
    assert kinds[0] == "consent"
    assert kinds.index("allocation") < kinds.index("learning")
    sizes = {stage.id: len(instrument.items) for stage, instrument in shipped.instruments()}
    assert sizes["pretest"] == 8
    assert sizes["posttest"] == 26
    posttest = {stage.id: instrument for stage, instrument in shipped.instruments()}["posttest"]
    levels = [item.level for item in posttest.items if item.is_scored]
    assert [levels.count(level) for level in ("recall", "comprehension", "transfer")] == [8, 8, 8]


def test_the_tiny_study_is_without_errors():
    assert factories.protocol().study.name == "tiny"


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({"study": ('kind = "text"', 'kind = "txt"')}, "study.toml:26: stages.5"),
        ({"study": ("maximum_minutes = 30", 'maximum_minutes = "long"')}, "stages.6.maximum_minutes"),
        ({"study": ("maximum_minutes = 30", "maximum_minutes = 0")}, "greater than 0"),
        ({"study": ("maximum_minutes", "maximun_minutes")}, "stages.6.maximun_minutes: unknown key"),
        ({"study": ('id = "pretest"', 'id = "about"')}, "a second stage 'about'"),
        ({"study": ('id = "about"', 'id = "complete"')}, "the name of a page of its own"),
        (
            {"study": ('instrument = "pretest"', 'instrument = "nothing"')},
            "expected the file en/instruments/nothing.toml",
        ),
        ({"study": ('text = "instruction"', 'text = "nothing"')}, "en/texts/nothing.md, which is missing or empty"),
        ({"study": ('condition = "visual:learn"', 'condition = "visual:nowhere"')}, "no page has the URL name"),
        (
            _chapters('{ chapters = ["cell"] }'),
            "arms.1.options.chapters: visual:learn has no such option; expected one of ['tour_chapters']",
        ),
        (
            _chapters('{ tour_chapters = ["cell", "intro"] }'),
            "study.toml:59: arms.1.options.tour_chapters: visual:learn has no ['intro']; expected some of ['seq",
        ),
        (_chapters("{ tour_chapters = [] }"), "arms.1.options.tour_chapters: nothing chosen"),
        (_chapters('{ tour_chapters = ["cell", "cell"] }'), "arms.1.options.tour_chapters: something chosen twice"),
        ({"study": ('id = "text"\ncondition', 'id = "visual"\ncondition')}, "a second arm 'visual'"),
        ({"study": ("block_sizes = [2, 4]", "block_sizes = [3]")}, "3 is no multiple of the arms' weights"),
        ({"study": ("block_sizes = [2, 4]", "block_sizes = []")}, "allocation.block_sizes"),
        ({"study": ('kind = "debriefing"', 'kind = "text"')}, "expected the last stage to be of kind 'debriefing'"),
        ({"study": ("format = 1", "format = 2")}, "study.toml:2: format"),
        ({"study": ('languages = ["en"]', 'languages = ["en", "de"]')}, "de/titles.toml:1: file: not found"),
        ({"titles": ("learning = ", "lerning = ")}, "no title for stage 'learning'"),
        ({"ratings": ("points = ", "pionts = ")}, "pionts: unknown key"),
        ({"ratings": ('id = "', 'id = "Capital')}, "should match pattern"),
        ({"posttest": ('key = "', 'key = "zzz')}, "is no option; expected one of"),
        ({"posttest": ('level = "', 'level = "deep')}, "Input should be 'recall', 'comprehension' or 'transfer'"),
        ({"pretest": ("title = ", "title ")}, "no valid TOML"),
    ],
)
def test_an_error_is_named_with_its_place(edits, expected):
    problems = _problems(**edits)
    assert any(expected in problem for problem in problems), problems


def test_all_errors_are_reported_at_once():
    problems = _problems(
        study=("format = 1", "format = 2"), ratings=("points = ", "pionts = "), pretest=("title = ", "title ")
    )
    assert {problem.split(":")[0] for problem in problems} == {
        "study.toml",
        "en/instruments/ratings.toml",
        "en/instruments/pretest.toml",
    }


def test_the_line_is_that_of_the_key():
    texts = factories.files()
    path = "en/instruments/ratings.toml"
    lines = texts[path].splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if text.startswith("points = "))
    lines[line - 1] = "points = 99"
    texts[path] = "\n".join(lines)
    with pytest.raises(StudyError) as refused:
        parse(texts)
    [problem] = refused.value.problems
    assert (problem.file, problem.line) == (path, line)
    assert problem.key.endswith("points")


def test_two_items_of_one_name_are_refused():
    texts = factories.files()
    texts["en/instruments/usability.toml"] = texts["en/instruments/ratings.toml"]
    with pytest.raises(StudyError) as refused:
        parse(texts)
    assert "is already in en/instruments/ratings.toml" in str(refused.value)


@pytest.mark.parametrize("column", [column.name for column in FILES[PARTICIPANTS]])
def test_an_item_may_not_take_a_column_of_the_export(column):
    texts = factories.files()
    first = factories.protocol().instruments()[0][1].items[0].id
    texts["en/instruments/about.toml"] = texts["en/instruments/about.toml"].replace(f'"{first}"', f'"{column}"')
    with pytest.raises(StudyError, match="a column that every export has"):
        parse(texts)


def _translated(change=lambda text: text):
    texts = factories.files()
    texts["study.toml"] = texts["study.toml"].replace('languages = ["en"]', 'languages = ["en", "de"]')
    texts |= {path.replace("en/", "de/", 1): change(text) for path, text in texts.items() if path.startswith("en/")}
    return texts


def test_a_translation_with_the_same_keys_is_accepted():
    translated = parse(_translated(lambda text: text.replace('title = "', 'title = "Auf Deutsch: ')))
    assert set(translated.editions) == {"en", "de"}


def test_a_translation_that_measures_something_else_is_refused():
    with pytest.raises(StudyError, match="measures something else than en/instruments/ratings.toml"):
        parse(_translated(lambda text: text.replace("points = 7", "points = 5")))


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (b"\xff\xfe", "not UTF-8 text"),
        (b"x" * (protocol.MAX_FILE_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, broken, expected):
    (tmp_path / "study.toml").write_bytes(broken)
    with pytest.raises(StudyError, match=expected):
        protocol.read_folder(tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_text("a secret")
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "text.md").symlink_to(secret)
    with pytest.raises(StudyError, match="leads out of the study folder"):
        protocol.read_folder(folder)


def test_a_folder_without_a_study_file_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"study.toml:1: file: not found"):
        protocol.read_folder(tmp_path)


def test_the_digest_depends_on_every_path_and_every_character():
    files = {"a": "1", "b": "2"}
    assert protocol.digest(files) == protocol.digest(dict(reversed(files.items())))
    others = [{"a": "1", "b": "3"}, {"a": "1", "c": "2"}, {"a": "12", "b": ""}, {"a": "1"}]
    assert len({protocol.digest(other) for other in [files, *others]}) == 5


def test_lines_of_keys_tables_and_nested_lists():
    lines = key_lines('''a = 1
[[items]]
id = "x"
text = """
id = "no key"
"""
[[items.options]]
value = "a"
[[items.options]]
value = "b"
[[items]]
id = "y"
[table.inner]
key.part = 2
''')
    assert line_of(lines, ("a",)) == 1
    assert line_of(lines, ("items", 0, "id")) == 3
    assert line_of(lines, ("items", 0, "options", 1, "value")) == 10
    assert line_of(lines, ("items", 1, "id")) == 12
    assert line_of(lines, ("items", 1, "single_choice", "id")) == 12
    assert line_of(lines, ("items", 1, "missing")) == 11
    assert line_of(lines, ("table", "inner", "key", "part")) == 14
    assert line_of(lines, ("nowhere",)) == 1


def test_a_feature_that_the_condition_does_not_have_is_refused():
    problems = _problems(
        study=('condition = "visual:learn"', 'condition = "visual:learn"\nfeatures = { cel_view = true }')
    )
    assert any("visual:learn has no such feature; expected one of [" in problem for problem in problems)
    texts = factories.files()
    texts["study.toml"] = texts["study.toml"].replace(
        'condition = "visual:learn"', 'condition = "visual:learn"\nfeatures = { cell_view = false }'
    )
    assert parse(texts).arm("visual").features == {"cell_view": False}
