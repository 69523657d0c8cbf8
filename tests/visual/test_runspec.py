"""One run, one spelling: parse and print are each other's inverse, and every bound is enforced."""

from dataclasses import replace
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.typed_texts import TYPED_TEXTS, UNUSABLE_TEXTS
from visual import runspec
from visual.runspec import CHOICES, DATA, DEFAULT, TYPED_SYMBOLS, Edit, InvalidSpecError, RunSpec, parse, typed_text

CANONICAL = str(DEFAULT)

learning_rates = st.builds(
    lambda digits, exponent: float(f"{digits}e{exponent}"), st.integers(1, 999), st.integers(-6, -1)
).filter(lambda value: 0.0001 <= value <= 1.0)
clips = st.none() | st.integers(10, 1000).map(lambda hundredths: hundredths / 100)
typed_texts = st.text(TYPED_SYMBOLS, min_size=2, max_size=60).filter(lambda text: 2 <= len(set(text)) <= 24)
noises = st.integers(0, 40).map(lambda hundredths: hundredths / 100)
batch_sizes = st.integers(5, 50)


@st.composite
def specs(draw):
    """Draw any run, with edits that may change nothing."""
    epochs = sorted(draw(st.sets(st.integers(1, 299), max_size=6)))
    edits = tuple(
        Edit(
            epoch,
            draw(st.none() | learning_rates),
            draw(st.none() | batch_sizes),
            draw(noises),
        )
        for epoch in epochs
    )
    return RunSpec(
        data=draw(st.sampled_from(DATA) | typed_texts.map("text:{}".format)),
        cell=draw(st.sampled_from(CHOICES["cell"])),
        layers=draw(st.integers(1, 5)),
        units=draw(st.integers(4, 32)),
        optimizer=draw(st.sampled_from(CHOICES["optimizer"])),
        clip=draw(clips),
        learning_rate=draw(learning_rates),
        batch_size=draw(batch_sizes),
        noise=draw(noises),
        seed=draw(st.integers(0, 99)),
        edits=edits,
    )


@settings(deadline=None)
@given(specs())
def test_what_is_printed_is_read_back(drawn):
    spec = parse(str(drawn))
    assert parse(str(spec)) == spec
    assert str(parse(str(spec))) == str(spec)


@settings(deadline=None)
@given(specs(), st.integers(0, 300))
def test_canonical_spelling_trains_every_epoch_alike(drawn, epoch):
    assert parse(str(drawn)).settings_for(epoch) == drawn.settings_for(epoch)
    assert drawn.until(epoch).settings_for(epoch) == drawn.settings_for(epoch)


@settings(deadline=None)
@given(specs(), st.randoms())
def test_any_order_is_read_as_the_same_run(drawn, random):
    base, *edits = str(drawn).split("@")
    fields = base.split(";")
    random.shuffle(fields)
    random.shuffle(edits)
    assert parse("@".join([";".join(fields), *edits])) == parse(str(drawn))


@settings(deadline=None)
@given(st.text() | st.text(alphabet="data=sine;@12,.0e-"))
def test_anything_else_is_refused_in_words(text):
    with pytest.raises(InvalidSpecError):
        parse(text)


def test_the_example_of_the_documentation_is_canonical():
    text = next(line.strip() for line in runspec.__doc__.splitlines() if line.startswith("    data"))
    assert str(parse(text)) == text


def test_an_edit_takes_effect_after_its_epoch():
    spec = parse(f"{CANONICAL}@12,noise=0.2")
    assert spec.settings_for(12).noise == 0.0
    assert spec.settings_for(13).noise == 0.2


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (CANONICAL.replace("learning_rate=0.025", "learning_rate=0.02500"), CANONICAL),
        (CANONICAL.replace("seed=1", "seed=01"), CANONICAL),
        (CANONICAL.replace("noise=0", "noise=0.00"), CANONICAL),
        (f"{CANONICAL}@12,batch_size=25", CANONICAL),
        (f"{CANONICAL}@0,batch_size=5", CANONICAL.replace("batch_size=25", "batch_size=5")),
        (
            f"{CANONICAL}@20,noise=0.1@12,noise=0.2,learning_rate=1",
            f"{CANONICAL}@12,learning_rate=1,noise=0.2@20,noise=0.1",
        ),
        (f"{CANONICAL}@12,noise=0.2@20,noise=0.20", f"{CANONICAL}@12,noise=0.2"),
    ],
)
def test_other_spellings_become_the_canonical_one(written, canonical):
    assert str(parse(written)) == canonical


@pytest.mark.parametrize(
    ("field", "value", "bound"),
    [
        ("data", "cosine", ", ".join(DATA)),
        ("cell", "LSTM", "lstm, gru, rnn"),
        ("optimizer", "", "rmsprop, adam, sgd"),
        ("layers", "0", "1 to 5"),
        ("layers", "6", "1 to 5"),
        ("layers", "3.0", "1 to 5"),
        ("units", "3", "4 to 32"),
        ("units", "33", "4 to 32"),
        ("learning_rate", "0.00009", "0.0001 to 1"),
        ("learning_rate", "1.01", "0.0001 to 1"),
        ("learning_rate", "1e-2", "0.0001 to 1"),
        ("learning_rate", "-0.1", "0.0001 to 1"),
        ("learning_rate", "nan", "0.0001 to 1"),
        ("learning_rate", "0.1234", "3 significant digits"),
        ("batch_size", "4", "5 to 50"),
        ("batch_size", "51", "5 to 50"),
        ("batch_size", "٢٥", "5 to 50"),
        ("noise", "0.41", "0 to 0.4"),
        ("noise", "0.123", "2 decimals"),
        ("clip", "0.09", "0.1 to 10"),
        ("clip", "10.01", "0.1 to 10"),
        ("clip", "none", "0.1 to 10"),
        ("clip", "0.125", "2 decimals"),
        ("seed", "-1", "0 to 99"),
        ("seed", "100", "0 to 99"),
    ],
)
def test_a_bound_is_named_with_field_and_value(field, value, bound):
    everything = str(replace(DEFAULT, clip=1.0))
    fields = [f"{field}={value}" if text.startswith(f"{field}=") else text for text in everything.split(";")]
    with pytest.raises(InvalidSpecError) as refusal:
        parse(";".join(fields))
    for part in (field, repr(value), bound):
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CANONICAL.replace(";seed=1", ""), "seed is missing"),
        (f"{CANONICAL};seed=2", "seed is given twice"),
        (f"{CANONICAL};color=red", "'color=red' is not one of"),
        (f"{CANONICAL};" + "x" * 500, "…"),
        (f"{CANONICAL}@300,noise=0.1", "whole numbers from 0 to 299"),
        (f"{CANONICAL}@x,noise=0.1", "whole numbers from 0 to 299"),
        (f"{CANONICAL}@12", "changes nothing"),
        (f"{CANONICAL}@12,units=8", "'units=8' is not one of learning_rate="),
        (f"{CANONICAL}@12,noise=0.5", "0 to 0.4"),
        (f"{CANONICAL}@12,noise=0.1@12,batch_size=5", "two at epoch 12"),
        (CANONICAL + "".join(f"@{epoch},noise=0.1" for epoch in range(41)), "at most 40"),
    ],
)
def test_a_refusal_says_what_is_wrong(text, message):
    with pytest.raises(InvalidSpecError, match=None) as refusal:
        parse(text)
    assert message in str(refusal.value)
    assert len(str(refusal.value)) < 400


def typed(value):
    return CANONICAL.replace("data=sine", f"data={value}")


@pytest.mark.parametrize(("text", "canonical"), TYPED_TEXTS.items())
def test_a_typed_text_has_one_spelling(text, canonical):
    spec = RunSpec(data=f"text:{typed_text(text)}")
    assert str(spec) == typed(canonical)
    for spelling in (canonical, f"text:{text}", f"text:{quote(text)}", f"text:{quote(text, safe='').lower()}"):
        assert parse(typed(spelling)) == spec
    assert unquote(canonical) == spec.data


@pytest.mark.parametrize(("text", "fault"), UNUSABLE_TEXTS.items())
def test_an_unusable_text_is_refused_with_its_fault(text, fault):
    with pytest.raises(InvalidSpecError) as refusal:
        parse(typed(f"text:{quote(text)}"))
    assert fault[1] in str(refusal.value)


def test_a_clipped_run_says_so_and_another_does_not():
    assert str(replace(DEFAULT, clip=1.0)) == CANONICAL.replace(";learning_rate", ";clip=1;learning_rate")
    assert "clip" not in CANONICAL


def test_the_longest_address_fits_into_a_request_line():
    worst = RunSpec(
        data="text:" + "ä b" * 20,
        clip=9.99,
        optimizer="rmsprop",
        edits=tuple(
            Edit(epoch, 0.000123 + epoch / 1e6, 49 - epoch % 2, 0.39 - epoch % 2 / 100) for epoch in range(259, 299)
        ),
    )
    assert len(quote(str(worst))) < 4000  # of 4094 that the server reads
