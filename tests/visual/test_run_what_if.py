"""What-if questions: their one spelling, their bounds, and answers that are the engine's."""

import base64
import json
from dataclasses import replace
from urllib.parse import quote, unquote

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from visual import run_views, runs
from visual.engine.cells import LSTM
from visual.engine.what_if import Clamp, nudge_weight, what_if
from visual.run_what_if import MAX_INTERVENTIONS, parse
from visual.runspec import DEFAULT, InvalidSpecError

SMALL = replace(DEFAULT, layers=2, units=4)
CLAMP = "clamp=forget_gate;layer=1;steps=3-5;units=0,2;value=0"
TEXT = replace(SMALL, data="text_count")
VALID = [
    CLAMP,
    "clamp=cell_state;layer=2;steps=1-46;units=all;value=-1.5",
    "cut=cell_state;layer=1;steps=3-3",
    "cut=state;layer=2;steps=2-9",
    "transplant=state;layer=2;step=10;from=4",
    "input=4;value=-0.5",
    "nudge=input_weights;layer=1;part=candidate;unit=3;from=0;by=0.01",
    "nudge=recurrent_weights;layer=2;part=forget_gate;unit=3;from=2;by=-0.01",
    "nudge=bias;layer=1;part=input_gate;unit=0;by=1",
    "nudge=head_weights;output=0;from=3;by=0.01",
    "nudge=head_bias;output=0;by=0.0001",
    f"{CLAMP}&cut=state;layer=2;steps=7-7&input=1;value=1&input=15;value=0.25&inspect=2",
]


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "what_if"}}
    settings.RUN_COMPUTATIONS = 1
    cache.clear()
    yield
    cache.clear()


def url(query, spec=SMALL, epoch=1):
    address = reverse("visual:what_if", kwargs={"spec": str(spec), "epoch": epoch})
    return f"{address}?{quote(query, safe=';=,&')}"


def asked(query):
    return [tuple(pair.split("=", 1)) for pair in query.split("&")]


@pytest.mark.parametrize("query", VALID)
def test_an_answer_has_the_documented_fields(client, query):
    response = client.get(url(query))
    assert response.status_code == 200
    assert response["Cache-Control"] == run_views.IMMUTABLE
    body = response.json()
    assert (body["spec"], body["epoch"], body["question"]) == (str(SMALL), 1, [list(pair) for pair in asked(query)])
    assert {name: len(body[name]) for name in ("input", "original_input", "prediction", "original_prediction")} == {
        "input": 15, "original_input": 15, "prediction": 32, "original_prediction": 32,
    }  # fmt: skip
    np.testing.assert_allclose(
        body["prediction_change"], np.subtract(body["prediction"], body["original_prediction"]), atol=1.01e-4
    )
    assert body["loss_change"] == pytest.approx(body["loss"] - body["original_loss"], abs=1e-3)
    assert any(body["prediction_change"]) or abs(body["loss_change"]) < 1e-3
    for name in ("hidden_state", "original_hidden_state"):
        assert len(base64.b64decode(body[name])) == 2 * 46 * 4
    for name in ("hidden_state_change", "cell_state_change"):
        assert np.shape(body[name]) == (2, 46)
    assert ("nudge" in body) == query.startswith("nudge")
    assert ("inspection" in body) == ("inspect" in query)


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_ghost_is_the_run_itself(client, cell):
    run = replace(SMALL, cell=cell)
    body = client.get(url("input=4;value=0.5&inspect=2", run)).json()
    chunk = json.loads(runs.chunk(run, 0, 1))
    assert body["original_input"] == chunk["sequence"]["input"]
    assert body["original_prediction"] == chunk["epochs"][1]["prediction"]
    assert body["original_hidden_state"] == chunk["epochs"][1]["hidden_state"]
    inspection = json.loads(runs.inspection(run, 1, 2))
    ghost = body["original_inspection"]
    assert ghost == {name: inspection[name] for name in ghost}
    assert set(body["inspection"]) == set(ghost)


def test_answers_agree_with_the_engine(client):
    training = runs.trained(SMALL, 1)
    outcome = what_if(training.network, training.shown_sequence(), [Clamp("forget_gate", 1, 3, 5, 0.0, units=(0, 2))])
    body = client.get(url(CLAMP)).json()
    np.testing.assert_allclose(body["prediction"], outcome.predictions[:, 0, 0], atol=5.1e-5)
    assert body["loss_change"] == pytest.approx(outcome.loss - outcome.original_loss, rel=1e-3)
    heat = np.linalg.norm(outcome.difference("cell_state", layer=2)[:, 0], axis=-1)
    np.testing.assert_allclose(body["cell_state_change"][1], heat, atol=5.1e-5)


def test_a_clamped_gate_is_seen_in_the_inspection(client):
    inside = client.get(url(CLAMP + "&inspect=1")).json()["inspection"]
    gate = np.array(inside["forget_gate"])  # (46, 4)
    assert not gate[2:5, [0, 2]].any()
    assert (gate[2:5, [1, 3]] > 0).all()
    assert (np.array(inside["forget_gate_sum"])[2:5] != 0).all()


def test_a_nudge_moves_the_weight_that_it_names(client):
    query = "nudge=recurrent_weights;layer=2;part=forget_gate;unit=3;from=1;by=0.001"
    training = runs.trained(SMALL, 1)
    row = LSTM.PARTS.index("forget_gate") * 4 + 3
    weight = training.network.layers[1].recurrent_weights[row, 1]
    (place,) = np.flatnonzero(training.network.parameters == weight)
    expected = nudge_weight(training.network, training.shown_sequence(), place, 0.001)
    nudge = client.get(url(query)).json()["nudge"]
    assert nudge["value"] == pytest.approx(weight, rel=1e-3)
    for name in ("gradient", "foretold", "measured"):
        assert nudge[name] == pytest.approx(getattr(expected, name), rel=1e-3)
    assert nudge["measured"] == pytest.approx(nudge["foretold"], rel=0.05, abs=1e-7)


def test_a_transplanted_state_comes_from_the_named_step(client):
    same = client.get(url("transplant=state;layer=1;step=7;from=7")).json()
    assert same["prediction"] == same["original_prediction"]
    assert same["loss_change"] == 0
    other = client.get(url("transplant=state;layer=1;step=7;from=3")).json()
    change = np.array(other["hidden_state_change"])
    assert not change[:, :6].any()
    assert change[0, 6] > 0


def test_a_text_reads_another_symbol(client):
    body = client.get(url("input=20;value=e", TEXT)).json()
    assert body["original_input"][:19] + "e" == body["input"]
    assert len(body["prediction_change"]) == 5
    symbols = " ,.efhnortuw"
    for name in ("", "original_"):
        told = np.array(body[f"{name}probabilities"])
        assert body[f"{name}prediction"] == "".join(symbols[place] for place in told.argmax(axis=1))
    there = [symbols.index(symbol) for symbol in "o thr"]
    moved = np.array(body["probabilities"]) - np.array(body["original_probabilities"])
    assert moved[range(5), there] == pytest.approx(body["prediction_change"], abs=0.00011)
    assert np.abs(moved).max() > 0.0001
    assert client.get(url("input=20;value= ", TEXT)).status_code == 200


@pytest.mark.parametrize(
    ("other", "canonical"),
    [
        ("clamp=forget_gate;value=0.0;units=2,0;steps=03-5;layer=1", CLAMP),
        (f"input=4;value=0.50&{CLAMP}", f"{CLAMP}&input=4;value=0.5"),
        ("input=12;value=1&input=4;value=-0", "input=4;value=0&input=12;value=1"),
        ("nudge=bias;unit=00;by=0.10;part=candidate;layer=1", "nudge=bias;layer=1;part=candidate;unit=0;by=0.1"),
    ],
)
def test_another_spelling_leads_to_the_canonical_question(client, other, canonical):
    response = client.get(url(other))
    assert response.status_code == 301
    assert unquote(response["Location"]) == unquote(url(canonical))
    assert client.get(response["Location"]).status_code == 200


def test_another_spelling_of_the_run_keeps_the_question(client):
    response = client.get(url(CLAMP).replace("noise%3D0", "noise%3D0.0").replace("noise=0", "noise=0.0"))
    assert response.status_code == 301
    assert unquote(response["Location"]) == unquote(url(CLAMP))


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "nothing is changed; give one of clamp, cut, transplant, input, nudge"),
        ("inspect=1", "nothing is changed"),
        ("hold=1", "'hold' is not one of clamp, cut, transplant, input, nudge, inspect"),
        (CLAMP.replace("forget_gate", "reset_gate"), "clamp is 'reset_gate'; allowed are output_gate, input_gate"),
        (CLAMP.replace("layer=1", "layer=3"), "layer is '3'; allowed are whole numbers from 1 to 2"),
        (CLAMP.replace("3-5", "5-3"), "steps is '5-3'; allowed are first-last, both from 1 to 46"),
        (CLAMP.replace("3-5", "3-47"), "steps is '3-47'"),
        (CLAMP.replace("3-5", "3"), "steps is '3'"),
        (CLAMP.replace("0,2", "0,4"), "units is '4'; allowed are whole numbers from 0 to 3"),
        (CLAMP.replace("0,2", "1,1"), "units is '1,1'; name each unit once"),
        (CLAMP.replace("value=0", "value=1.5"), "value is '1.5'; allowed are numbers from 0 to 1"),
        (CLAMP.replace("value=0", "value=0.12345"), "value is '0.12345'; allowed are 4 decimals"),
        (CLAMP.replace("value=0", "value=nan"), "value is 'nan'"),
        (CLAMP.replace(";value=0", ""), "clamp: value is missing; it names layer, steps, units, value"),
        (CLAMP + ";value=1", "clamp: value is given twice"),
        (CLAMP + ";epoch=1", "clamp: 'epoch=1' is not one of layer=…, steps=…, units=…, value=…"),
        (f"{CLAMP}&{CLAMP}", "forget_gate of unit 0 in layer 1 is given twice at step 3"),
        ("cut=weights;layer=1;steps=3-3", "cut is 'weights'; allowed are state, hidden_state, cell_state"),
        (
            "cut=hidden_state;layer=1;steps=3-3&transplant=state;layer=1;step=3;from=1",
            "the hidden_state arriving in layer 1 is given twice at step 3",
        ),
        ("transplant=gate;layer=1;step=3;from=1", "transplant is 'gate'; allowed are state"),
        ("transplant=state;layer=1;step=3;from=0", "from is '0'; allowed are whole numbers from 1 to 46"),
        ("input=16;value=0", "input is '16'; allowed are whole numbers from 1 to 15"),
        ("input=4;value=2.1", "value is '2.1'; allowed are numbers from -2 to 2"),
        ("input=4;value=0&input=4;value=1", "the input is given twice at step 4"),
        ("nudge=weights;by=1", "nudge is 'weights'; allowed are input_weights"),
        ("nudge=head_bias;output=1;by=1", "output is '1'; allowed are whole numbers from 0 to 0"),
        ("nudge=head_bias;output=0;by=0", "by is 0: it would move nothing"),
        ("nudge=head_bias;output=0;by=1&nudge=head_bias;output=0;by=1", "nudge is given twice"),
        ("nudge=head_bias;output=0;by=1&input=4;value=0", "nudge comes alone"),
        ("nudge=input_weights;layer=1;part=candidate;unit=0;from=1;by=1", "from is '1'; allowed are whole numbers"),
        ("nudge=bias;layer=1;part=reset_gate;unit=0;by=1", "part is 'reset_gate'; allowed are output_gate"),
        (f"{CLAMP}&inspect=3", "inspect is '3'; allowed are whole numbers from 1 to 2"),
        (f"{CLAMP}&inspect=1&inspect=2", "inspect is given twice"),
        ("&".join([CLAMP] * (MAX_INTERVENTIONS + 1)), "too many interventions; at most 32 are possible"),
    ],
)
def test_what_cannot_be_asked_is_explained(client, query, error):
    response = client.get(url(query))
    assert response.status_code == 400
    assert error in response.json()["error"]
    assert response["Cache-Control"] == "no-store"


def test_a_symbol_that_the_text_has_not_is_refused(client):
    response = client.get(url("input=4;value=Z", TEXT))
    assert response.status_code == 400
    assert "allowed are the symbols" in response.json()["error"]


def test_a_plain_rnn_has_no_cell_state_to_cut(client):
    response = client.get(url("cut=cell_state;layer=1;steps=3-3", replace(SMALL, cell="rnn")))
    assert response.json() == {"error": "cut is 'cell_state'; allowed are state, hidden_state"}


def test_parsing_alone_bounds_the_number_of_interventions():
    with pytest.raises(InvalidSpecError, match="33 interventions given; at most 32"):
        parse(runs.untrained(SMALL), asked(CLAMP) * 33)


def test_invalid_spec_and_epoch_are_refused(client):
    assert client.get(url(CLAMP).replace("units", "onits")).status_code == 400
    assert client.get(url(CLAMP, epoch=301)).status_code == 404


def test_who_holds_the_answer_is_told_so(client):
    etag = client.get(url(CLAMP))["ETag"]
    assert client.get(url(CLAMP), headers={"If-None-Match": etag}).status_code == 304
    assert client.get(url("input=4;value=0.5"))["ETag"] != etag


def test_a_busy_server_answers_from_known_weights_and_else_says_when_to_ask_again(client):
    assert client.get(url(CLAMP)).status_code == 200
    assert runs._acquire("run:slot:0", "someone else")
    assert client.get(url("input=4;value=0.5")).status_code == 200
    assert client.get(url(CLAMP, epoch=2)).status_code == 503


values = st.integers(0, 10_000).map(lambda value: value / 10_000)
interventions = st.one_of(
    st.builds(
        "clamp={};layer={};steps=4-9;units={};value={}".format,
        st.sampled_from(["forget_gate", "candidate", "cell_state"]),
        st.integers(1, 2),
        st.sampled_from(["all", "1", "3,0"]),
        values,
    ),
    st.builds("input={};value={}".format, st.integers(1, 15), values),
    st.builds("cut={};layer=1;steps=2-2".format, st.sampled_from(["state", "hidden_state", "cell_state"])),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.lists(interventions, min_size=1, max_size=5))
def test_printing_and_parsing_again_gives_the_same_question(queries):
    training = runs.untrained(SMALL)
    try:
        question = parse(training, asked("&".join(queries)))
    except InvalidSpecError as error:
        assert "given twice" in str(error)
        return
    again = parse(training, list(question.pairs))
    assert again.pairs == question.pairs
    assert again.inputs == question.inputs
    assert len(again.clamps) == len(question.clamps)
