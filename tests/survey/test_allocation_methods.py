"""Simple draws, strata, minimization, caps and replacement: what each promises, and that the log redraws it."""

from collections import Counter
from datetime import timedelta
from itertools import islice

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from survey import allocation, flow
from survey.allocation.draws import Log, list_sha256, places
from survey.allocation.verify import verify
from survey.allocation_rule import AllocationRule, Factor, level, levels_of, stratum
from survey.export.wide import participants
from survey.models import Allocation, Invitation, Kind, Participant
from survey.monitor import diagram
from survey.monitor.consort import consort
from survey.monitor.recruitment import recruitment
from survey.protocol import StudyError, parse, protocol_of
from survey.study_file import Arm
from tests import factories

MINUTE = timedelta(minutes=1)
SEEDS = st.text("0123456789abcdef", min_size=1, max_size=32)
GENDER = '[[allocation.strata]]\nitem = "gender"\n'
SCORE = '[[allocation.strata]]\nscale = "pre_total"\ncuts = [50]\n'


def _texts(rule: str, arms: str = "") -> dict[str, str]:
    """Return the tiny study's files with this allocation rule, and with `arms` in place of its arms."""
    texts = factories.files()
    whole = texts["study.toml"]
    head, kept = whole[: whole.index("[[arms]]")], whole[whole.index("[[arms]]") : whole.index("[allocation]")]
    texts["study.toml"] = f"{head}{arms or kept}[allocation]\n{rule}"
    return texts


def _study(rule: str, arms: str = "", name: str = "tiny"):
    return factories.study(name=name, files=_texts(rule, arms))


def _arms(*maxima: int | None) -> str:
    return "".join(
        f'[[arms]]\nid = "arm_{index}"\ncondition = "visual:learn"\n' + (f"maximum = {maximum}\n" if maximum else "")
        for index, maximum in enumerate(maxima)
    )


def _rule(method, weights=(1, 1), maxima=None, **more):
    maxima = maxima or [None] * len(weights)
    arms = tuple(
        Arm(id=f"arm_{index}", condition="visual:learn", weight=weight, maximum=maximum)
        for index, (weight, maximum) in enumerate(zip(weights, maxima, strict=True))
    )
    rule = AllocationRule(method=method, **more)
    return factories.protocol().study.model_copy(update={"arms": arms, "allocation": rule})


def _draw(log: Log, study, seed: str, where: str = ""):
    """Draw once and count it; return the Allocation as it would be logged."""
    place = log.draw(study, seed, where)
    if place is None:
        return None
    drawn = Allocation(sequence=log.sequence + 1, stratum=where, list_sha256=list_sha256(study), **vars(place))
    log.add(drawn)
    return drawn


def _told(drawn):
    return drawn and (drawn.sequence, drawn.arm, drawn.block, drawn.place, drawn.replaces)


# Laws of the pure draw


ANY_RULE = st.sampled_from(
    [
        _rule("simple"),
        _rule("simple", (1, 2, 3)),
        _rule("permuted_blocks", block_sizes=(2, 4)),
        _rule("permuted_blocks", (1, 2), block_sizes=(3, 6)),
        _rule("minimization", strata=(Factor(item="gender"), Factor(item="age", cuts=(30,)))),
        _rule("minimization", (2, 1, 1), strata=(Factor(item="gender"),), probability=0.7),
        _rule("permuted_blocks", maxima=[7, 9], block_sizes=(4,)),
        _rule("minimization", maxima=[7, None], strata=(Factor(item="gender"),), maximum=20),
    ]
)
STRATA = ["gender=woman;age=..30", "gender=man;age=..30", "gender=man;age=30.."]


@given(ANY_RULE, SEEDS, st.lists(st.tuples(st.sampled_from(STRATA), st.booleans()), max_size=40))
def test_every_way_of_arriving_and_leaving_keeps_the_laws(study, seed, arrivals):
    """No place twice, no cap exceeded, the same log draws the same arm; whatever the order of events."""
    log, again = Log(), Log()
    held: list[Allocation] = []
    seen = set()
    for where, leaves in arrivals:
        drawn = _draw(log, study, seed, where)
        repeated = _draw(again, study, seed, where)
        assert _told(drawn) == _told(repeated)
        if drawn is None:
            full = len(held) >= (study.allocation.maximum or 10**6)
            assert full or all(arm.maximum for arm in study.arms)
            continue
        place = (drawn.stratum, drawn.block, drawn.place)
        if drawn.replaces is None:
            assert place not in seen
            seen.add(place)
        held.append(drawn)
        counts = Counter(each.arm for each in held)
        assert all(arm.maximum is None or counts[arm.id] <= arm.maximum for arm in study.arms)
        assert study.allocation.maximum is None or len(held) <= study.allocation.maximum
        if leaves:
            left = held.pop(0)
            log.release(left)
            again.release(left)


@given(SEEDS, st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_simple_draws_are_independent_of_what_was_drawn(seed, weights):
    study = _rule("simple", weights)
    first, second = Log(), Log()
    drawn = [_draw(first, study, seed).arm for _ in range(10)]
    for sequence, arm in enumerate(drawn, start=1):
        assert second.draw(study, seed, "").arm == arm
        second.add(
            Allocation(
                sequence=sequence, arm="arm_0", list_sha256=list_sha256(study), block=sequence, block_size=1, place=1
            )
        )


def _shares(study, seed="a seed", number=4000, strata=STRATA):
    log = Log()
    return Counter(_draw(log, study, seed, strata[index * 7 % len(strata)]).arm for index in range(number))


@pytest.mark.parametrize("weights", [(1, 1), (1, 2, 3)])
@pytest.mark.parametrize(
    "rule",
    [
        {"method": "simple"},
        {"method": "minimization", "strata": (Factor(item="gender"), Factor(item="age", cuts=(30,)))},
    ],
)
def test_arms_get_their_shares(rule, weights):
    counts = _shares(_rule(weights=weights, **rule))
    for index, weight in enumerate(weights):
        share = weight / sum(weights)
        assert abs(counts[f"arm_{index}"] - 4000 * share) < 4 * (4000 * share * (1 - share)) ** 0.5


def test_minimization_with_certainty_keeps_every_margin_within_one():
    """With probability 1 and two arms the newcomer always goes where the sum of ranges is least."""
    study = _rule("minimization", strata=(Factor(item="gender"),), probability=1)
    log, margins = Log(), Counter()
    for index in range(200):
        gender = "woman" if index * 13 % 7 < 3 else "man"
        drawn = _draw(log, study, "5eed", f"gender={gender}")
        margins[gender, drawn.arm] += 1
        assert abs(margins[gender, "arm_0"] - margins[gender, "arm_1"]) <= 1


@pytest.mark.parametrize(("weights", "probability"), [((1, 1), 0.8), ((1, 1, 1), 0.7), ((1, 2), 0.8)])
def test_minimization_prefers_with_its_probability(weights, probability):
    """One participant is in arm 0 (the lightest): another of that level goes elsewhere, or, rarely, there too."""
    study = _rule("minimization", weights, strata=(Factor(item="gender"),), probability=probability)
    rarely = 0
    for seed in range(3000):
        log = Log()
        log.add(
            Allocation(
                sequence=1,
                arm="arm_0",
                stratum="gender=man",
                list_sha256=list_sha256(study),
                block=1,
                block_size=1,
                place=1,
            )
        )
        rarely += log.draw(study, str(seed), "gender=man").arm == "arm_0"
    # Han et al.: (1 - p) / (R - r_least) times its weight.
    share = (1 - probability) / (sum(weights) - min(weights)) * weights[0]
    assert abs(rarely - 3000 * share) < 4 * (3000 * share * (1 - share)) ** 0.5


def test_a_known_minimization():
    """Stored: a change of these draws would make every past allocation irreproducible."""
    study = _rule("minimization", (1, 1, 2), strata=(Factor(item="gender"), Factor(item="age", cuts=(30,))))
    log = Log()
    assert "".join(_draw(log, study, "5eed", STRATA[index % 3]).arm[-1] for index in range(24)) == KNOWN_MINIMIZATION


def test_a_known_simple_list():
    study = _rule("simple", (1, 2))
    log = Log()
    assert "".join(_draw(log, study, "5eed").arm[-1] for _ in range(24)) == KNOWN_SIMPLE


KNOWN_MINIMIZATION = "222201120012222101210020"
KNOWN_SIMPLE = "001011010100101111110010"


def test_each_stratum_has_blocks_of_its_own():
    study = _rule("permuted_blocks", block_sizes=(2, 4), strata=(Factor(item="gender"),))
    log = Log()
    drawn = [_draw(log, study, "5eed", f"gender={'woman' if index % 3 else 'man'}") for index in range(30)]
    for gender in ("woman", "man"):
        here = [each for each in drawn if each.stratum == f"gender={gender}"]
        listed = islice(places(study, "5eed", f"gender={gender}"), len(here))
        assert [(each.block, each.place, each.arm) for each in here] == [
            (place.block, place.place, place.arm) for place in listed
        ]


def test_a_full_arm_is_left_out_and_the_others_go_on():
    log, study = Log(), _rule("permuted_blocks", maxima=[2, None], block_sizes=(2,))
    assert Counter(_draw(log, study, "5eed").arm for _ in range(12)) == {"arm_0": 2, "arm_1": 10}


def test_a_place_of_an_arm_that_is_full_by_now_is_not_given_on():
    """The cap of an arm may be lowered in a later version of the study: its free places then stay free."""
    log, study = Log(), _rule("permuted_blocks", block_sizes=(2,))
    first = [_draw(log, study, "5eed") for _ in range(4)]
    left = next(drawn for drawn in first if drawn.arm == "arm_0")
    log.release(left)
    lowered = _rule("permuted_blocks", maxima=[1, None], block_sizes=(2,))
    place = log.draw(lowered, "5eed", "")
    assert (place.arm, place.replaces) == ("arm_1", None)
    assert log.draw(study, "5eed", "").replaces == left.sequence


def test_the_name_of_a_list_of_before_stays_as_it_was():
    rule = AllocationRule(method="permuted_blocks", block_sizes=(4, 6), maximum=80, replace_after_minutes=90)
    assert rule.named() == {"block_sizes": [4, 6], "method": "permuted_blocks"}


# Strata


@pytest.mark.parametrize(
    ("value", "expected"), [(49.999, "..50"), (50.0, "50..80"), (79, "50..80"), (80, "80.."), (None, "missing")]
)
def test_a_range_holds_its_lower_bound(value, expected):
    assert level(Factor(scale="pre_total", cuts=(50, 80)), value) == expected


@given(st.lists(st.integers(-1000, 1000), max_size=4, unique=True).map(sorted), st.floats(-2000, 2000))
def test_every_number_is_in_exactly_one_range(cuts, value):
    found = level(Factor(item="age", cuts=tuple(cuts)), value)
    if cuts:
        low, high = found.split("..")
        assert (not low or float(low) <= value) and (not high or value < float(high))


def test_a_stratum_can_be_read_back():
    levels = {"gender": "woman", "pre_total": "50.."}
    assert levels_of(stratum(levels)) == levels
    assert levels_of("") == {}


@pytest.mark.django_db
def test_the_stratum_follows_from_answers_and_scores():
    study = _study('method = "permuted_blocks"\nblock_sizes = [2]\n' + GENDER + SCORE)
    for gender, answer, expected in [
        ("woman", "keeps", "gender=woman;pre_total=50.."),
        ("man", "forgets", "gender=man;pre_total=..50"),
        ("woman", "keeps", "gender=woman;pre_total=50.."),
    ]:
        drawn = factories.learning(study, answers={"gender": gender, "pre_1": answer}).allocation
        assert drawn.stratum == expected
    assert [each.place for each in study.allocations.order_by("sequence")] == [1, 1, 2]
    assert verify(study).verified["real"] == 3


@pytest.mark.django_db
def test_minimization_balances_by_the_answers_and_can_be_verified():
    study = _study('method = "minimization"\nprobability = 0.9\n' + GENDER)
    for index in range(20):
        factories.learning(study, answers={"gender": "woman" if index % 2 else "man"})
    assert verify(study).verified["real"] == 20
    counts = Counter((each.stratum, each.arm) for each in study.allocations.all())
    for gender in ("woman", "man"):
        assert abs(counts[f"gender={gender}", "visual"] - counts[f"gender={gender}", "text"]) <= 4


# What a study file may say


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('method = "coin"', "study.toml:65: allocation.method: Input should be"),
        ('method = "permuted_blocks"', "study.toml:64: allocation: permuted_blocks need block_sizes"),
        ('method = "simple"\nblock_sizes = [2]', "study.toml:66: allocation.block_sizes: simple has no blocks"),
        ('method = "simple"\nprobability = 0.8', "study.toml:66: allocation.probability: simple has none"),
        ('method = "minimization"', "study.toml:64: allocation: minimization needs [[allocation.strata]]"),
        (
            'method = "minimization"\nprobability = 0.5\n' + GENDER,
            "study.toml:66: allocation.probability: 0.5 is no more",
        ),
        ('method = "simple"\n' + GENDER, "allocation.strata: simple draws know no strata"),
        (
            'method = "simple"\nreplace_after_minutes = 30',
            "study.toml:66: allocation.replace_after_minutes: 30 is no longer",
        ),
        ('method = "simple"\nmaximum = 0', "study.toml:66: allocation.maximum: Input should be greater"),
        (
            'method = "minimization"\n[[allocation.strata]]\nitem = "joy_1"',
            "study.toml:67: allocation.strata.1.item: no item",
        ),
        (
            'method = "minimization"\n[[allocation.strata]]\nscale = "joy"',
            "no scale 'joy' in a stage before the allocation",
        ),
        (
            'method = "minimization"\n[[allocation.strata]]\nitem = "age"\nstage = "pretest"\ncuts = [30]',
            "no item 'age' in stage 'pretest' before",
        ),
        (
            'method = "minimization"\n[[allocation.strata]]\ncuts = [3]',
            "allocation.strata.1: expected either an item or",
        ),
        ('method = "minimization"\n[[allocation.strata]]\nitem = "age"', "'age' is a number; expected `cuts`"),
        (
            'method = "minimization"\n[[allocation.strata]]\nscale = "pre_total"',
            "'pre_total' is a number; expected `cuts`",
        ),
        (
            'method = "minimization"\n[[allocation.strata]]\nitem = "tools"',
            "'tools' is multiple_choice; expected an item",
        ),
        (
            'method = "minimization"\n' + GENDER + "cuts = [1]",
            "study.toml:68: allocation.strata.1.cuts: 'gender' is a choice",
        ),
        ('method = "minimization"\n' + SCORE.replace("[50]", "[50, 20]"), "expected rising numbers, got [50.0, 20.0]"),
        ('method = "minimization"\n' + GENDER + GENDER, "two strata by the same item or scale"),
        ('method = "minimization"\n' + 5 * GENDER, "at most 4 items"),
        ('method = "simple"\nblock_size = 4', "allocation.block_size: unknown key"),
    ],
)
def test_a_mistake_in_the_rule_is_named_with_its_place(rule, expected):
    with pytest.raises(StudyError) as refused:
        parse(_texts(rule))
    problems = [str(problem) for problem in refused.value.problems]
    assert any(expected in problem for problem in problems), problems


def test_an_item_that_is_asked_twice_needs_its_stage():
    again = '[[stages]]\nid = "again"\nkind = "instrument"\ninstrument = "about"\n\n[[stages]]\nid = "allocation"'
    texts = _texts('method = "minimization"\n' + GENDER)
    texts["study.toml"] = texts["study.toml"].replace('[[stages]]\nid = "allocation"', again)
    texts["en/titles.toml"] += '\nagain = "Once more"\n'
    with pytest.raises(StudyError, match="'gender' is asked in about, again; expected a `stage`"):
        parse(texts)
    texts["study.toml"] = texts["study.toml"].replace(GENDER, GENDER + 'stage = "again"\n')
    assert parse(texts).study.allocation.strata[0].stage == "again"


# Caps


@pytest.mark.django_db
def test_when_the_study_is_full_the_next_one_is_told_calmly():
    study = _study('method = "permuted_blocks"\nblock_sizes = [2]\nmaximum = 2\n')
    late = factories.walk(factories.participant(study), until="pretest")
    factories.learning(study)
    factories.learning(study)
    browser = factories.browser(late)
    page = reverse("survey:stage", kwargs={"study": "tiny", "stage": "pretest", "page": 1})
    answered = browser.post(page, {"pre_1": "keeps"}, follow=True)
    assert answered.redirect_chain[-1][0] == reverse("survey:full", kwargs={"study": "tiny"})
    assert "All places are taken" in answered.content.decode()
    assert late.code in answered.content.decode()
    for name in ("here", "complete", "join"):
        again = browser.get(reverse(f"survey:{name}", kwargs={"study": "tiny"}), follow=True)
        assert again.redirect_chain[-1][0].endswith("/full/"), name
    late.refresh_from_db()
    assert late.status == "no_place"
    assert not Allocation.objects.filter(participant=late).exists()
    found = recruitment(study)
    assert (found.no_place, found.under_way, found.consented) == (1, 2, 3)


@pytest.mark.django_db
def test_nobody_begins_when_no_place_is_left():
    study = _study('method = "simple"\n', arms=_arms(1, 1))
    join = reverse("survey:join", kwargs={"study": "tiny"})
    factories.learning(study)
    assert "All places are taken" not in factories.uninvited().get(join).content.decode()
    factories.learning(study)
    assert "All places are taken" in factories.uninvited().get(join).content.decode()
    assert {each.arm for each in study.allocations.all()} == {"arm_0", "arm_1"}
    assert verify(study).verified["real"] == 2


@pytest.mark.django_db
def test_the_full_page_is_for_those_without_a_place_only():
    learner = factories.learning()
    page = reverse("survey:full", kwargs={"study": "tiny"})
    learner = Participant.objects.get(pk=learner.pk)
    here = flow.address(learner, flow.current(learner, timezone.now()))
    assert factories.browser(learner).get(page).url == here
    assert factories.uninvited().get(page).url == reverse("survey:join", kwargs={"study": "tiny"})


# Replacement


REPLACING = 'method = "permuted_blocks"\nblock_sizes = [4]\nreplace_after_minutes = 60\n'


@pytest.mark.django_db
def test_the_place_of_somebody_who_left_goes_to_the_next_arrival():
    study = _study(REPLACING)
    first, second = factories.learning(study), factories.learning(study)
    third = factories.learning(study, at=factories.START + 30 * MINUTE)
    fourth = factories.learning(study, at=factories.START + 61 * MINUTE)
    fifth = factories.learning(study, at=factories.START + 61 * MINUTE)
    first, second = (Participant.objects.get(pk=each.pk).allocation for each in (first, second))
    assert (third.allocation.replaces, third.allocation.place) == (None, 3)
    assert [first.released_before, second.released_before] == [4, 4]
    assert first.released_at == fourth.allocation.allocated_at
    for left, following in [(first, fourth.allocation), (second, fifth.allocation)]:
        assert following.replaces == left.sequence
        assert (following.block, following.place, following.arm) == (left.block, left.place, left.arm)
    assert verify(study).verified["real"] == 5


@pytest.mark.django_db
def test_who_has_finished_is_not_replaced_and_who_withdrew_is_at_once():
    study = _study(REPLACING)
    factories.finished(study)
    left = factories.withdrawn(study)
    following = factories.learning(study, at=factories.START + 20 * MINUTE)
    assert following.allocation.replaces == left.allocation.sequence
    assert factories.learning(study, at=factories.START + 300 * MINUTE).allocation.replaces == 3
    assert verify(study).verified["real"] == 4


@pytest.mark.django_db
def test_who_comes_back_after_being_replaced_keeps_arm_and_place():
    study = _study(REPLACING)
    first = factories.learning(study)
    factories.learning(study, at=factories.START + 90 * MINUTE)
    back = factories.walk(first)
    assert back.finished_at and back.allocation.arm == first.allocation.arm
    assert Allocation.objects.filter(participant=first).count() == 1


EXCLUDED = '[[exclusions]]\nreason = "second_at_place"\nwords = "Two at one place."\nflag = "replaced"\n'


@pytest.mark.django_db
def test_who_finishes_after_being_replaced_is_marked_wherever_finishers_are_counted():
    study = _study(REPLACING + EXCLUDED)
    first = factories.learning(study)
    factories.walk(factories.learning(study, at=factories.START + 90 * MINUTE))
    assert [arm.lost for arm in consort(study).arms if arm.lost] == [{"replaced": 1}]
    [waiting, second] = participants(study)
    assert (waiting["flags",], waiting["deviations",]) == (None, None) and waiting["replaced_at",]
    factories.walk(first)
    [back, other] = participants(study)
    assert (back["status",], back["flags",], back["deviations",]) == ("finished", ["replaced"], ["second_at_place"])
    assert (other["replaced_at",], other["flags",], second["deviations",]) == (None, None, None)
    [arm] = [arm for arm in consort(study).arms if arm.allocated]
    assert (arm.finished, arm.came_back, arm.analysed, arm.lost) == (2, 1, 2, {})
    lines = [line.text for box in diagram.draw(consort(study)).boxes for line in box.lines]
    assert "came back after replacement (n = 1)" in lines
    page = factories.researcher().get("/researcher/").content.decode()
    assert "1 participant has finished after being replaced: that place has two finishers." in page


@pytest.mark.django_db
def test_a_place_is_given_on_within_its_stratum_only():
    study = _study(REPLACING + GENDER)
    factories.learning(study, answers={"gender": "woman"})
    man = factories.learning(study, at=factories.START + 90 * MINUTE, answers={"gender": "man"})
    woman = factories.learning(study, at=factories.START + 90 * MINUTE, answers={"gender": "woman"})
    assert (man.allocation.replaces, woman.allocation.replaces) == (None, 1)
    assert verify(study).verified["real"] == 3


@pytest.mark.django_db
def test_a_place_that_was_left_counts_neither_for_the_cap_nor_for_minimization():
    study = _study('method = "minimization"\nprobability = 1\nmaximum = 1\nreplace_after_minutes = 60\n' + GENDER)
    first = factories.learning(study).allocation
    refused = factories.walk(factories.participant(study, at=factories.START + 10 * MINUTE))
    assert refused.status == "no_place"
    late = factories.START + 90 * MINUTE
    assert allocation.has_place(study, Kind.REAL, protocol_of(study.current_version), late)
    second = factories.learning(study, at=late).allocation
    assert (first.sequence, second.sequence, second.replaces) == (1, 2, None)
    assert verify(study).verified["real"] == 2


@pytest.mark.django_db
def test_a_release_before_somebody_was_refused_still_counts():
    """Two arms, one of them full for good: whoever left it is replaced, though a refusal came in between."""
    study = _study('method = "simple"\nmaximum = 1\nreplace_after_minutes = 60\n')
    factories.learning(study)
    log = allocation.read_log(study, Kind.REAL)
    Allocation.objects.update(released_before=2, released_at=factories.START)
    assert log.open_arms(protocol_of(study.current_version).study) == []
    assert allocation.read_log(study, Kind.REAL).open_arms(protocol_of(study.current_version).study)


# Kinds of participants


@pytest.mark.django_db
def test_test_and_simulated_participants_draw_from_lists_of_their_own():
    study = _study('method = "permuted_blocks"\nblock_sizes = [4]\nmaximum = 2\n')
    rehearsal = [factories.learning(study, kind=Kind.SIMULATED).allocation for _ in range(2)]
    assert [each.sequence for each in rehearsal] == [1, 2]
    assert factories.walk(factories.participant(study, kind=Kind.SIMULATED)).status == "no_place"
    assert factories.learning(study, kind=Kind.TEST).allocation.sequence == 1
    real = [factories.learning(study).allocation for _ in range(2)]
    assert [(each.sequence, each.kind) for each in real] == [(1, "real"), (2, "real")]
    assert verify(study).verified == {"real": 2, "pilot": 0, "test": 1, "simulated": 2}
    found = recruitment(study)
    assert (found.consented, found.allocated, found.no_place) == (2, 2, 0)


@pytest.mark.django_db
def test_an_invitation_decides_on_the_kind_and_serves_once():
    study = factories.study()
    invitation = Invitation.objects.create(study=study, kind=Kind.TEST)
    assert str(invitation.key) in str(invitation)
    join = reverse("survey:join", kwargs={"study": "tiny"})
    invited = f"{join}?invitation={invitation.key}"
    assert str(invitation.key) in factories.uninvited().get(invited).content.decode()
    refused = factories.uninvited().post(invited, {"join_key": invitation.key})
    assert refused.url == f"{join}?refused=1&invitation={invitation.key}"
    for _ in range(2):
        factories.uninvited().post(invited, factories.consent_form(study, join_key=invitation.key))
    assert [each.kind for each in study.participants.all()] == ["test"]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["4a3b8b3e-3f5e-4e5e-9d4f-0d6a4cde1111", "nonsense"])
def test_an_unknown_invitation_is_no_way_in(key):
    factories.study()
    join = reverse("survey:join", kwargs={"study": "tiny"})
    assert factories.uninvited().get(f"{join}?invitation={key}").status_code == 404


@pytest.mark.django_db
def test_an_arm_is_known_where_learning_follows_the_draw_at_once():
    texts = factories.files()
    instruction = '[[stages]]\nid = "instruction"\nkind = "text"\ntext = "instruction"\n\n'
    texts["study.toml"] = texts["study.toml"].replace(instruction, "")
    walker = factories.walk(factories.participant(factories.study(files=texts)), until="pretest")
    page = reverse("survey:stage", kwargs={"study": "tiny", "stage": "pretest", "page": 1})
    sent = factories.browser(walker).post(page, {"pre_1": "keeps"})
    position = flow.current(Participant.objects.get(pk=walker.pk), factories.START)
    assert sent.url == flow.address(Participant.objects.get(pk=walker.pk), position)
