"""The page's modules, each by itself."""

import numpy as np
import pytest
from playwright.sync_api import Error

from tests.typed_texts import TYPED_TEXTS, UNUSABLE_TEXTS
from visual import payload, runspec

pytestmark = pytest.mark.browser

RUN = str(runspec.DEFAULT)
LENGTHS = {"sine": {"given": 15, "predictions": 32}, "cue_recall": {"given": 30, "predictions": 1}}


@pytest.mark.parametrize(
    "spec",
    [
        RUN,
        RUN + "@12,learning_rate=0.1",
        RUN + "@12,learning_rate=0.1@20,batch_size=5,noise=0.2",
        RUN.replace("learning_rate=0.025", "learning_rate=0.0001"),
    ],
)
def test_a_run_is_printed_as_the_server_prints_it(run, spec):
    assert run("runspec.js", "printRun(parseRun(argument))", spec) == str(runspec.parse(spec)) == spec


def test_hidden_states_of_a_large_network_are_read_as_they_were_told(run):
    values = np.array([-1.0, -0.5, 0.0, 0.25, 1.0])
    read = run("epochs.js", "[...decodedCoarsely(argument)]", payload.coarse(values))
    np.testing.assert_allclose(np.array(read) / 127, values, atol=0.5 / 31 + 0.5 / 127)


@pytest.mark.parametrize("spec", [RUN, RUN.replace(";learning_rate", ";clip=1;learning_rate")])
@pytest.mark.parametrize(("text", "canonical"), TYPED_TEXTS.items())
def test_a_typed_text_is_spelled_as_the_server_spells_it(run, text, canonical, spec):
    spec = spec.replace("data=sine", f"data={canonical}")
    assert run("runspec.js", "printRun(parseRun(argument))", spec) == str(runspec.parse(spec)) == spec
    typed = run(
        "runspec.js", "printRun({...parseRun(argument[0]), data: TYPED + typedText(argument[1])})", [spec, text]
    )
    assert typed == spec


@pytest.mark.parametrize(("text", "fault"), UNUSABLE_TEXTS.items())
def test_what_is_wrong_with_a_typed_text_is_told(run, text, fault):
    caught = "(() => { try { return typedText(argument) } catch (error) { return error.cause.kind } })()"
    assert run("runspec.js", caught, text) == fault[0]


def test_the_page_and_the_server_set_a_text_the_same_bounds(run):
    bounds = run("runspec.js", "[TYPED_SYMBOLS, TYPED_LENGTH, TYPED_VARIETY, TYPED]")
    assert bounds == [runspec.TYPED_SYMBOLS, [*runspec.TYPED_LENGTH], [*runspec.TYPED_VARIETY], runspec.TYPED]


@pytest.mark.parametrize(
    ("spec", "epoch", "name", "value", "expected"),
    [
        (RUN, 0, "noise", 0.1, RUN.replace("noise=0", "noise=0.1")),
        (RUN, 4, "noise", 0.1, RUN + "@4,noise=0.1"),
        (RUN + "@4,noise=0.1", 4, "batch_size", 5, RUN + "@4,batch_size=5,noise=0.1"),
        (RUN + "@4,noise=0.1", 4, "noise", 0, RUN),
        (RUN + "@4,noise=0.1", 9, "noise", 0.1, RUN + "@4,noise=0.1"),
        (RUN + "@4,noise=0.1@9,noise=0.2", 6, "batch_size", 5, RUN + "@4,noise=0.1@6,batch_size=5"),
        (RUN, 3, "learning_rate", 0.0123456, RUN + "@3,learning_rate=0.0123"),
    ],
)
def test_an_edit_counts_from_the_epoch_on_the_screen(run, spec, epoch, name, value, expected):
    edited = run(
        "runspec.js", "printRun(editRun(parseRun(argument[0]), ...argument.slice(1)))", [spec, epoch, name, value]
    )
    assert edited == expected == str(runspec.parse(expected))


@pytest.mark.parametrize("epoch", [0, 12, 13, 21])
def test_settings_in_force_are_those_that_train_the_next_epoch(run, epoch):
    spec = RUN + "@12,learning_rate=0.1@20,batch_size=5,noise=0.2"
    settings = run("runspec.js", "settingsAfter(parseRun(argument[0]), argument[1])", [spec, epoch])
    trained = runspec.parse(spec).settings_for(epoch + 1)
    assert settings == {name: getattr(trained, name) for name in runspec.EDITABLE}


def test_a_spec_with_a_missing_field_throws_naming_it(run):
    with pytest.raises(Error, match="no cell"):
        run("runspec.js", "parseRun(argument)", RUN.replace("cell=lstm;", ""))


@pytest.mark.parametrize(
    ("epoch", "chunk"),
    [(0, [0, 1]), (1, [0, 1]), (2, [2, 9]), (9, [2, 9]), (10, [10, 19]), (299, [290, 299]), (300, [300, 300])],
)
def test_chunks_are_the_servers_grid(run, epoch, chunk):
    assert run("epochs.js", "chunkOf(argument)", epoch) == chunk


def test_an_epoch_is_walked_through_in_three_phases(run):
    positions = run(
        "position.js",
        """(() => { const curve = lengths(15, 32), all = []; let position = at(curve, 7, 1);
        while (position.epoch === 7) { all.push(position); position = following(curve, position) }
        return [all, position, positions(curve)] })()""",
    )
    walked, following, count = positions
    assert len(walked) == count
    assert [position["step"] for position in walked] == [*range(1, 47), *range(15, 0, -1)]
    phases = ["forward"] * 15 + ["validation"] * 31 + ["backward"] * 15
    assert [position["phase"] for position in walked] == phases
    assert following == {"epoch": 8, "step": 1, "phase": "forward"}


@pytest.mark.parametrize(("step", "made"), [(1, 0), (14, 0), (15, 1), (16, 2), (46, 32)])
def test_predictions_made_so_far(run, step, made):
    assert run("position.js", "predictionsMade(lengths(15, 32), at(lengths(15, 32), 1, argument))", step) == made


def test_a_task_that_asks_once_is_never_alone_with_its_predictions(run):
    walked = run(
        "position.js",
        """(() => { const recall = lengthsOf({input: Array(30), target: [0.8]}), all = [];
        let position = at(recall, 7, 1);
        while (position.epoch === 7) { all.push(position); position = following(recall, position) }
        return all })()""",
    )
    assert [position["step"] for position in walked] == [*range(1, 31), *range(30, 0, -1)]
    assert [position["phase"] for position in walked] == ["forward"] * 30 + ["backward"] * 30
    made = run("position.js", "[29, 30].map(step => predictionsMade(lengths(30, 1), at(lengths(30, 1), 1, step)))")
    assert made == [0, 1]


@pytest.mark.parametrize(
    "query",
    [
        f"?run={RUN}&epoch=12&step=46",
        f"?run={RUN}&epoch=12&reached=40&step=3",
        f"?run={RUN}&epoch=12&step=9&phase=backward",
        f"?run={RUN}&epoch=0&step=1&view=time",
        f"?run={RUN}&epoch=0&step=1&view=cell&layer=2&unit=6",
        f"?run={RUN}&epoch=0&step=1&view=cell&layer=2&unit=6&cell_step=3",
    ],
)
def test_an_address_is_written_as_it_was_read(run, query):
    assert run("address.js", "writeAddress(readAddress(...argument))", [query, RUN, LENGTHS]) == query


def test_the_last_time_step_is_the_data_sets_own(run):
    recall = RUN.replace("data=sine", "data=cue_recall")
    state = run("address.js", "readAddress(...argument)", [f"?run={recall}&step=46", RUN, LENGTHS])
    assert state["position"] == {"epoch": 0, "step": 30, "phase": "forward"}


def test_an_address_of_data_that_cannot_be_drawn_throws(run):
    with pytest.raises(Error, match="data=cue_recall"):
        run("address.js", "readAddress(...argument)", ["", RUN.replace("data=sine", "data=cue_recall"), {}])


def test_nonsense_in_an_address_is_put_right(run):
    state = run("address.js", "readAddress('?epoch=-4&step=999&layer=9&unit=x&view=tree', ...argument)", [RUN, LENGTHS])
    assert state["position"] == {"epoch": 0, "step": 46, "phase": "validation"}
    assert (state["layer"], state["unit"], state["view"]) == (3, 1, "network")


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        (1, "color-mix(in oklab, var(--diverging-positive) 100%, var(--diverging-middle))"),
        (-0.5, "color-mix(in oklab, var(--diverging-negative) 50%, var(--diverging-middle))"),
        (-3, "color-mix(in oklab, var(--diverging-negative) 100%, var(--diverging-middle))"),
    ],
)
def test_signed_values_lie_on_the_diverging_scale(run, value, colour):
    assert run("scales.js", "diverging(argument)", value) == colour


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 20, list(range(0, 21, 2))), (0, 300, [0, 50, 100, 150, 200, 250, 300])]
)
def test_ticks_are_round_numbers(run, low, high, expected):
    assert run("scales.js", "ticks(argument[0], argument[1], 10)", [low, high]) == expected


def test_decades_are_powers_of_ten(run):
    assert run("scales.js", "decades(0.0005, 2)") == [0.001, 0.01, 0.1, 1]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("decimal(-0.426)", "\N{MINUS SIGN}0.43"),
        ("signed(0.3)", "+0.30"),
        ("significant(0.01214)", "0.0121"),
        ("power(0.00000321)", "3.2·10⁻⁶"),
        ("power(0.17)", "0.17"),
        ("power(0)", "0"),
        ("filled('{a} of {b}', {a: 1, b: 2})", "1 of 2"),
    ],
)
def test_numbers_are_written_for_people(run, expression, text):
    assert run("format.js", expression) == text


def test_an_unknown_option_throws_naming_it(run):
    with pytest.raises(Error, match='drawThumbnail: unknown option "colour"'):
        run("thumbnail.js", "drawThumbnail(document.body, {sequence: null}, {colour: 1})")


def test_drawing_the_same_again_changes_nothing(run):
    changes = run(
        "thumbnail.js",
        """(() => {
        const root = document.body.appendChild(document.createElement('div'));
        const snapshot = {sequence: {input: Array(15).fill(0.5), target: Array(32).fill(-0.25)}};
        drawThumbnail(root, snapshot);
        const before = root.innerHTML;
        const observer = new MutationObserver(() => {});
        observer.observe(root, {subtree: true, childList: true, attributes: true});
        drawThumbnail(root, snapshot);
        const changes = observer.takeRecords().length;
        root.remove();
        return [changes, before.length > 100] })()""",
    )
    assert changes == [0, True]
