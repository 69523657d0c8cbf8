"""The CONSORT flow adds up, whatever became of whom."""

import re
from collections import Counter
from datetime import timedelta
from random import Random
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from survey.models import Exclusion, Kind, StageVisit
from survey.monitor import diagram
from survey.monitor.consort import OUTCOMES, Fate, consort, fates, flow_of
from tests import factories

ARMS = ["visual", "text"]
OF_ANYBODY = st.builds(
    Fate,
    arm=st.sampled_from([None, *ARMS, "former"]),
    outcome=st.sampled_from([*OUTCOMES, "finished", "of_a_later_version"]),
    began=st.booleans(),
    timed_out=st.booleans(),
    excluded_for=st.sampled_from(["", "too fast", "failed the check"]),
    replaced=st.booleans(),
)


def _assert_adds_up(flow):
    assert flow.consented == flow.all_not_allocated + flow.allocated
    for arm in flow.arms:
        assert arm.allocated == arm.began + arm.not_begun
        assert arm.allocated == arm.all_lost + arm.under_way + arm.finished
        assert arm.finished == arm.all_excluded + arm.analysed
        assert arm.came_back <= arm.finished


@given(st.lists(OF_ANYBODY, max_size=60))
def test_every_part_adds_up_to_the_one_before_it(everybody):
    # Who has finished or is not allocated has a place only where that can be.
    everybody = [fate for fate in everybody if fate.arm or fate.outcome != "finished"]
    flow = flow_of(everybody, ARMS)
    _assert_adds_up(flow)
    assert flow.consented == len(everybody)
    assert [arm.arm for arm in flow.arms][:2] == ARMS


@given(st.lists(OF_ANYBODY, max_size=40))
def test_the_diagram_shows_every_number_and_nothing_lies_on_anything_else(everybody):
    drawing = diagram.draw(flow_of(everybody, ARMS))
    for box in drawing.boxes:
        assert box.x + box.width <= drawing.width and box.y + box.height <= drawing.height
        assert all(box.y < line.y < box.y + box.height for line in box.lines)
        for other in drawing.boxes:
            apart_x = box.x + box.width <= other.x or other.x + other.width <= box.x
            apart_y = box.y + box.height <= other.y or other.y + other.height <= box.y
            assert box is other or apart_x or apart_y
    texts = " ".join(line.text for line in drawing.boxes[0].lines)
    assert texts == f"Consented (n = {len(everybody)})"


# From real ways through a study, by every path that there is


PATHS = ("consented", "allocated", "learning", "timed_out", "finished", "withdrew_before", "withdrew_after", "no_place")


def _go(study, path, at):
    if path == "consented":
        return factories.consented(study, at=at)
    if path == "allocated":
        return factories.walk(factories.participant(study, at=at), until="instruction")
    if path == "finished":
        return factories.finished(study, at=at)
    if path == "timed_out":
        walker = factories.learning(study, at=at)
        StageVisit.objects.filter(participant=walker, stage="learning").update(
            completed_at=at + timedelta(minutes=30), ended_by=StageVisit.EndedBy.TIME_OUT
        )
        return walker
    if path in ("withdrew_after", "learning"):
        return (factories.withdrawn if path == "withdrew_after" else factories.learning)(study, at=at)
    walker = factories.consented(study, at=at)
    field = "withdrawn_at" if path == "withdrew_before" else "no_place_at"
    setattr(walker, field, at + timedelta(hours=1))
    walker.save(update_fields=[field])
    return walker


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_a_simulated_study_adds_up_and_every_number_is_that_of_the_paths(seed):
    random, study = Random(seed), _study_that_replaces()
    user, taken = factories.user("owner"), Counter()
    for number in range(30):
        path = random.choice(PATHS)
        walker = _go(study, path, factories.START + timedelta(minutes=10 * number))
        taken[path] += 1
        for excluded in random.choice([(), (), (True,), (True, False)]):
            Exclusion.objects.create(
                participant=walker, is_excluded=excluded, reason="why", decided_by=user, decided_at=timezone.now()
            )
    factories.finished(study, kind=Kind.SIMULATED)
    flow = consort(study)
    _assert_adds_up(flow)
    assert flow.consented == 30
    assert flow.not_allocated.get("no_place", 0) == taken["no_place"]
    assert flow.not_allocated.get("withdrawn", 0) == taken["withdrew_before"]
    assert sum(arm.finished for arm in flow.arms) == taken["finished"]
    assert sum(arm.lost.get("withdrawn", 0) for arm in flow.arms) == taken["withdrew_after"]
    assert sum(arm.timed_out for arm in flow.arms) == taken["timed_out"]
    replaced = study.allocations.filter(released_at__isnull=False, participant__withdrawn_at=None).count()
    assert sum(arm.lost.get("replaced", 0) for arm in flow.arms) == replaced
    last = {exclusion.participant_id: exclusion.is_excluded for exclusion in Exclusion.objects.order_by("pk")}
    finished = study.participants.filter(kind=Kind.REAL, finished_at__isnull=False)
    assert sum(arm.analysed for arm in flow.arms) == sum(not last.get(person.pk) for person in finished)


def _study_that_replaces():
    text = factories.files()["study.toml"].replace(
        "block_sizes = [2, 4]", "block_sizes = [2, 4]\nreplace_after_minutes = 60"
    )
    return factories.study(files=factories.files(study=text))


@pytest.mark.django_db
def test_who_is_screened_out_by_a_later_rule_still_has_a_place(monkeypatch):
    """A status that this page does not know yet is told by its own name."""
    walker = factories.consented()
    monkeypatch.setattr(type(walker), "status", "of_a_later_version")
    [fate] = fates(walker.study)
    drawing = diagram.draw(flow_of([fate], ARMS))
    assert "of a later version (n = 1)" in [line.text for box in drawing.boxes for line in box.lines]


@pytest.mark.django_db
def test_who_is_screened_out_is_told_with_the_studys_reason():
    walker = factories.consented()
    walker.screened_out_at, walker.screened_out_reason = factories.START, "too_young"
    walker.save()
    drawing = diagram.draw(consort(walker.study))
    assert "screened out: too young (n = 1)" in [line.text for box in drawing.boxes for line in box.lines]


def test_who_declined_stands_before_who_consented():
    texts = [line.text for line in diagram.draw(flow_of([Fate(None, "under_way")], ARMS, declined=3)).boxes[0].lines]
    assert texts == ["Decided about taking part (n = 4)", "declined (n = 3)", "Consented (n = 1)"]


@pytest.mark.django_db
def test_the_file_is_well_formed_and_holds_the_numbers():
    study = factories.study()
    finished = factories.finished(study)
    factories.consented(study)
    Exclusion.objects.create(
        participant=finished,
        is_excluded=True,
        reason="Slept & <snored>",
        decided_by=factories.user("owner"),
        decided_at=timezone.now(),
    )
    response = factories.researcher().get(reverse("survey:consort", kwargs={"study": "tiny"}))
    assert response["Content-Disposition"] == 'attachment; filename="tiny-consort.svg"'
    root = ElementTree.fromstring(response.content)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for line in ("Consented (n = 2)", "Allocated at random (n = 1)", "Slept & <snored> (n = 1)", "Analysed (n = 0)"):
        assert line in texts
    assert not re.search(r"style=|<style|<script", response.content.decode())
