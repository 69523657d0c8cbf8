"""The log as the database sums it up is the log as it was drawn, one draw after the other."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from survey import allocation
from survey.allocation.draws import Log, list_sha256
from survey.allocation_rule import AllocationRule, Factor
from survey.models import Allocation, Kind
from survey.study_file import Arm
from tests import factories

ARMS = tuple(Arm(id=name, condition="visual:learn", weight=weight) for name, weight in (("visual", 1), ("text", 2)))
RULES = [
    AllocationRule(method="permuted_blocks", block_sizes=(3, 6), maximum=20),
    AllocationRule(method="permuted_blocks", block_sizes=(99,)),
    AllocationRule(method="simple"),
    AllocationRule(method="minimization", strata=(Factor(item="gender"), Factor(item="age", cuts=(30,)))),
]
STRATA = ["", "gender=woman;age=..30", "gender=man;age=..30"]
STEPS = st.one_of(
    st.tuples(st.just("arrives"), st.sampled_from(RULES), st.sampled_from(STRATA)),
    st.tuples(st.just("leaves"), st.integers(0, 40), st.none()),
)


class SummedUp(TestCase):
    @given(st.lists(STEPS, max_size=60))
    def test_the_sums_of_a_log_are_those_of_its_draws(self, steps):
        """Whatever rule held when, whoever left, and whoever took over their place."""
        study = factories.study()
        log, drawn, here = Log(), [], []
        for what, which, stratum in steps:
            if what == "leaves":
                if here:
                    left = here.pop(which % len(here))
                    left.released_before = log.sequence + 1
                    log.release(left)
                continue
            rule = factories.protocol().study.model_copy(update={"arms": ARMS, "allocation": which})
            if place := log.draw(rule, "a seed", stratum):
                new = Allocation(study=study, sequence=log.sequence + 1, stratum=stratum, **vars(place))
                new.list_sha256, new.participant = list_sha256(rule), factories.participant(study)
                log.add(new)
                drawn.append(new)
                here.append(new)
        other = Allocation(study=study, participant=factories.participant(study), sequence=90, arm="text", block=1)
        other.block_size = other.place = 1
        other.kind = Kind.TEST  # counted apart
        Allocation.objects.bulk_create([*drawn, other])
        assert _state(allocation.read_log(study, Kind.REAL)) == _state(log)


def _state(log: Log) -> dict:
    """Return all that a log knows, without what is nothing."""
    free = {key: set(places) for key, places in log._free.items() if places}
    counts = {name: {key: n for key, n in getattr(log, name).items() if n} for name in ("_taken", "_drawn", "_margins")}
    return {"sequence": log.sequence, "last": log._last, "free": free, **counts}
