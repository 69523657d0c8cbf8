"""Every figure is what its addresses name, and the visualization goes to the same moments."""

from urllib.parse import parse_qsl

import pytest

from survey import curriculum
from survey.curriculum import CurriculumError, examples
from textcond import figures
from textcond.figures import learning_rate, network, training
from visual import runspec

ALL = examples.examples("en")


def _queries(example: str) -> list[dict[str, str]]:
    return [dict(parse_qsl(moment.address, separator="&")) for moment in ALL[example].moments]


def test_every_figure_is_an_example_of_the_concept_after_which_it_stands_and_every_example_is_a_figure():
    drawn = {figure.name: concept for concept, after in figures.AFTER.items() for figure in after}
    assert {example.id: example.concept for example in ALL.values()} == drawn
    assert {example.concept for example in ALL.values()} <= {
        concept.id for chapter in curriculum.chapters("en") for concept in chapter.concepts
    }


@pytest.mark.parametrize("example", ALL)
def test_a_run_is_written_in_its_one_spelling(example):
    for query in _queries(example):
        assert str(runspec.parse(query["run"])) == query["run"]


def test_the_snapshots_are_of_these_moments():
    runs = {name: [(query["run"], int(query["epoch"])) for query in _queries(name)] for name in ALL}
    kept = {name: figures.snapshot(name) for name in ("network", "training", "cell", "learning_rate", "gradient")}
    assert runs["network"] == [(kept["network"]["spec"], kept["network"]["epoch"])]
    assert runs["prediction"] == [(kept["training"]["spec"], epoch) for epoch in training.EPOCHS_SHOWN]
    assert runs["loss"] == [(kept["training"]["spec"], len(kept["training"]["validation_loss"]) - 1)]
    assert runs["learning_rate"] == [(run["spec"], learning_rate.EPOCH) for run in kept["learning_rate"]["runs"]]
    assert runs["cell_update"] == runs["unit_history"] == [(kept["cell"]["spec"], kept["cell"]["epoch"])]
    assert runs["gradient"] == [(kept["gradient"][cell]["spec"], 5) for cell in ("lstm", "rnn")]


def test_the_moments_are_at_the_same_unit_and_time_step():
    cell = figures.snapshot("cell")
    for name in ("cell_update", "unit_history"):
        [query] = _queries(name)
        assert (int(query["layer"]), int(query["unit"])) == (cell["layer"], cell["unit"])
        assert (int(query["step"]), query["view"]) == (cell["time_step"], "cell")
    [query] = _queries("network")
    assert int(query["step"]) == network.TIME_STEP


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[loss]", "[lost]", "expected words for"),
        ('"LSTM", ', "", "gradient: expected one name for each address"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, monkeypatch, old, new, expected):
    for name in ("examples.toml", "en.toml"):
        text = (examples.FOLDER / name).read_text()
        (tmp_path / name).write_text(text.replace(old, new) if name == "en.toml" else text)
    monkeypatch.setattr(examples, "FOLDER", tmp_path)
    with pytest.raises(CurriculumError, match=expected):
        examples.examples.__wrapped__("en")
