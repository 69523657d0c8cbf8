import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.items import Instrument
from survey.scoring import SCORING_VERSION, correct, score


def _likert(number, points=7):
    return {"id": f"q{number}", "type": "likert", "text": "?", "points": points, "low": "no", "high": "yes"}


def _choice(number, key="a"):
    several = isinstance(key, list)
    return {
        "id": f"q{number}",
        "type": "multiple_choice" if several else "single_choice",
        "text": "?",
        "key": key,
        "options": [{"value": value, "text": value} for value in "abc"],
    }


def _instrument(items, order=None, **scale):
    scales = [{"id": "scale", "title": "Scale", "items": order or [item["id"] for item in items], **scale}]
    return Instrument.model_validate(
        {"title": "T", "kind": "questionnaire", "wording": "own", "items": items, "scales": scales}
    )


def _score(items, answers, reached=None, order=None, **scale):
    instrument = _instrument(items, order, **scale)
    given_answers = {f"q{number}": answer for number, answer in enumerate(answers, start=1)}
    return score(instrument.scales[0], instrument, given_answers, given_answers if reached is None else reached)


def _likerts(count, points=7):
    return [_likert(number, points) for number in range(1, count + 1)]


def test_mean_sum_and_reversal():
    assert _score(_likerts(3), [1, 2, 6], score="mean") == 3
    assert _score(_likerts(3), [1, 2, 6], score="sum") == 9
    assert _score(_likerts(3), [1, 2, 6], score="mean", reverse=["q3"]) == pytest.approx(5 / 3)
    assert _score(_likerts(2), [1, 7], score="sum", reverse=["q1"]) == 14


def test_reversal_goes_by_the_points_of_each_item():
    assert _score([_likert(1, 5), _likert(2, 9)], [2, 2], score="sum", reverse=["q1", "q2"]) == 4 + 8


def test_numbers_can_be_scored_too():
    number = {"id": "q1", "type": "number", "text": "?", "minimum": 0, "maximum": 100}
    assert _score([number], [35], score="mean") == 35
    assert _score([number], [0], score="mean") == 0


@pytest.mark.parametrize("kind", ["mean", "sum"])
@pytest.mark.parametrize("reverse", [[], ["q2"]])
def test_a_missing_answer_leaves_no_score(kind, reverse):
    assert _score(_likerts(3), [4, None, 4], score=kind, reverse=reverse) is None
    assert _score(_likerts(3), [4], score=kind, reverse=reverse) is None


def test_sus_of_known_ratings():
    assert _score(_likerts(10, 5), [5, 1] * 5, score="sus") == 100
    assert _score(_likerts(10, 5), [1, 5] * 5, score="sus") == 0
    assert _score(_likerts(10, 5), [3] * 10, score="sus") == 50
    assert _score(_likerts(10, 5), [4, 2, 4, 1, 5, 2, 4, 2, 3, 3], score="sus") == 75
    assert _score(_likerts(10, 5), [4, 2, 4, 1, 5, 2, 4, 2, 3, None], score="sus") is None


def test_sus_with_an_even_item_turned_to_speak_for_the_material():
    assert _score(_likerts(10, 5), [5] * 2 + [5, 1] * 4, score="sus", reverse=["q2"]) == 100


def test_sus_goes_by_the_places_in_the_scale_not_in_the_instrument():
    items = _likerts(10, 5)
    order = [f"q{number}" for number in (2, 1, 4, 3, 6, 5, 8, 7, 10, 9)]
    assert _score(items, [1, 5] * 5, score="sus", order=order) == 100


def test_correct_means_the_key_and_for_several_choices_exactly_the_keys():
    single, several = _instrument([_choice(1, "b"), _choice(2, ["a", "c"])], score="percent_correct").items
    assert correct(single, "b") == 1
    assert [correct(single, answer) for answer in ("a", None)] == [0, 0]
    assert [correct(several, answer) for answer in (["a", "c"], ["c", "a"])] == [1, 1]
    assert [correct(several, answer) for answer in (["a"], ["a", "b", "c"], [], None)] == [0, 0, 0, 0]


def test_percent_correct():
    items = [_choice(1, "a"), _choice(2, "b"), _choice(3, "c")]
    assert _score(items, ["a", "b", "c"], score="percent_correct") == 100
    assert _score(items, ["a", "b", "b"], score="percent_correct") == pytest.approx(200 / 3)


def test_an_item_reached_and_left_empty_is_wrong():
    items = [_choice(1), _choice(2)]
    assert _score(items, ["a", None], score="percent_correct") == 50
    assert _score(items, ["a"], reached={"q1", "q2"}, score="percent_correct") == 50


def test_a_test_that_was_broken_off_has_no_score():
    items = [_choice(1), _choice(2)]
    assert _score(items, [], reached=set(), score="percent_correct") is None
    assert _score(items, ["a"], reached={"q1"}, score="percent_correct") is None


def test_the_version_is_raised_when_the_same_answers_give_another_number():
    """Changing an expectation above? Then raise SCORING_VERSION, and this number with it."""
    assert SCORING_VERSION == 1


ratings = st.lists(st.integers(1, 7), min_size=1, max_size=12)


@settings(deadline=None)
@given(ratings)
def test_a_mean_lies_between_its_ratings(values):
    assert min(values) <= _score(_likerts(len(values)), values, score="mean") <= max(values)


@settings(deadline=None)
@given(ratings)
def test_a_sum_is_the_mean_times_the_items(values):
    mean = _score(_likerts(len(values)), values, score="mean")
    assert _score(_likerts(len(values)), values, score="sum") == pytest.approx(mean * len(values))


@settings(deadline=None)
@given(ratings)
def test_reversing_all_items_mirrors_the_mean(values):
    items = _likerts(len(values))
    mean = _score(items, values, score="mean")
    mirrored = _score(items, values, score="mean", reverse=[item["id"] for item in items])
    assert mirrored == pytest.approx(8 - mean)


@settings(deadline=None)
@given(st.data(), ratings)
def test_permuting_answers_keeps_the_mean(data, values):
    items = _likerts(len(values))
    permuted = data.draw(st.permutations(values))
    assert _score(items, permuted, score="mean") == _score(items, values, score="mean")


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=8), st.randoms())
def test_permuting_fractions_keeps_the_mean_to_the_last_digit(values, random):
    items = [
        {"id": f"q{number}", "type": "number", "text": "?", "minimum": 0, "maximum": 100}
        for number in range(1, len(values) + 1)
    ]
    permuted = random.sample(values, len(values))
    assert _score(items, permuted, score="mean") == _score(items, values, score="mean")


@settings(deadline=None)
@given(st.lists(st.integers(1, 5), min_size=10, max_size=10))
def test_sus_lies_between_0_and_100_and_mirrors(values):
    sus = _score(_likerts(10, 5), values, score="sus")
    assert 0 <= sus <= 100
    assert sus % 2.5 == 0
    assert _score(_likerts(10, 5), [6 - value for value in values], score="sus") == 100 - sus


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=12))
def test_percent_correct_counts_keys(values):
    items = [_choice(number) for number in range(1, len(values) + 1)]
    assert _score(items, values, score="percent_correct") == 100 * values.count("a") / len(values)


def _open(number):
    return {
        "id": f"q{number}",
        "type": "long_text",
        "text": "?",
        "rubric": ["1 point: a", "4 points: b", "2 points: c"],
    }


@pytest.mark.parametrize(
    ("answers", "settled", "expected"),
    [
        (["x", "y"], {"q1": 4, "q2": 1}, 50),
        (["x", "y"], {"q1": 4, "q2": 4}, 100),
        (["x", "y"], {"q1": 2, "q2": 1}, 100 / 6),
        (["x", None], {"q1": 4}, 50),  # left empty: the fewest points
        (["x", "y"], {"q1": 4}, None),  # not rated yet
        (["x", "y"], {"q1": 4, "q2": None}, None),  # cannot be rated
    ],
)
def test_percent_rated_is_the_share_of_the_points_that_could_be_given(answers, settled, expected):
    instrument = _instrument([_open(1), _open(2)], score="percent_rated")
    given = {f"q{number}": answer for number, answer in enumerate(answers, start=1)}
    found = score(instrument.scales[0], instrument, given, given, settled)
    assert found == expected if expected is None else found == pytest.approx(expected)
    assert score(instrument.scales[0], instrument, given, {"q1"}, settled) is None


@pytest.mark.parametrize(
    ("rubric", "reason"),
    [
        (["no points"], "begins with its points"),
        (["0 points: a"], "two lines or more"),
        (["0 points: a", "0 points: b"], "two lines or more"),
    ],
)
def test_a_rubric_has_points_first_and_different_ones(rubric, reason):
    with pytest.raises(ValueError, match=reason):
        _instrument([_open(1) | {"rubric": rubric}], score="percent_rated")


def test_percent_rated_needs_a_rubric():
    with pytest.raises(ValueError, match="has no rubric"):
        _instrument([_open(1) | {"rubric": []}], score="percent_rated")
