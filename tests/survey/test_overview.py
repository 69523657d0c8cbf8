from datetime import timedelta

import pytest
from django.urls import reverse

from survey import lifecycle, withdrawal
from survey.models import AuditEntry, Exclusion, Note, Unblinding
from survey.monitor import chart, plots
from survey.monitor.blinding import is_blind
from survey.monitor.progress import Recruited, StageProgress, recruited, stages, target, times
from survey.monitor.timeline import timeline
from tests import factories

pytestmark = pytest.mark.django_db
NAMED = {"study": "tiny"}
OVERVIEW, LIVE, EXPORT, UNBLIND = (
    reverse(f"survey:{name}", kwargs=NAMED) for name in ("overview", "live", "export", "unblind")
)
DOWNLOAD = f'<a class="button" href="{EXPORT}">'


def _of(participant, name="participant"):
    return reverse(f"survey:{name}", kwargs={**NAMED, "code": participant.code})


# Progress


def test_times_by_hand():
    found = times({"A": 1, "B": 2, "C": 3, "D": 4, "E": 100, "F": 90})
    assert (found.median, found.q1, found.q3) == (3.5, 2.25, 68.5)
    assert found.longest == []
    minutes = {f"P{number}": 10 + number for number in range(8)} | {"LONG": 60, "LONGER": 90}
    assert (times(minutes).longest, times(minutes).upperfence) == (["LONGER", "LONG"], 17)
    assert times({}) is None


def test_stages_tell_who_stands_where_who_is_silent_and_who_left():
    study = factories.study()
    factories.learning(study)
    factories.learning(study, at=factories.START + timedelta(hours=20))
    gone = factories.withdrawn(study)
    factories.finished(study)
    found = {stage.title: stage for stage in stages(study, factories.START + timedelta(hours=30))}
    learning = found["Learning"]
    assert (learning.here, learning.silent, dict(learning.left)) == (2, 1, {gone.allocation.arm: 1})
    # The finisher alone left it, after 30 seconds; "About you" was left by all four.
    assert (learning.times.median, found["About you"].times.median) == (0.5, 0.5)
    assert found["After"].times.median == pytest.approx(1)  # two pages
    assert sum(stage.here for stage in found.values()) == 2


def test_recruitment_is_counted_by_day_up_to_today():
    study = factories.study()
    for days in (0, 0, 2):
        factories.finished(study, at=factories.START + timedelta(days=days))
    factories.consented(study, at=factories.START + timedelta(days=1))
    found = recruited(study, factories.START + timedelta(days=3))
    assert (found.consented, found.finished) == ([2, 3, 4, 4], [2, 2, 3, 3])
    assert len(found.days) == 4 and found.target is None


@pytest.mark.parametrize(
    ("maximum", "arms", "expected"),
    [("", ("", ""), None), (40, ("", ""), 40), ("", (20, 30), 50), (40, (20, 30), 40), (60, (20, ""), 60)],
)
def test_the_target_is_the_number_of_places(maximum, arms, expected):
    text = factories.files()["study.toml"]
    if maximum:
        text = text.replace("[allocation]", f"[allocation]\nmaximum = {maximum}")
    for condition, places in zip(("visual:learn", "textcond:learn"), arms, strict=True):
        if places:
            text = text.replace(f'condition = "{condition}"', f'condition = "{condition}"\nmaximum = {places}')
    assert target(factories.study(files=factories.files(study=text))) == expected


def test_the_chart_ends_at_its_numbers():
    days = [factories.START.date() + timedelta(days=number) for number in range(4)]
    drawn = chart.draw(Recruited(days, [1, 5, 9, 10], [0, 2, 4, 5], 20))
    assert [tick.label for tick in drawn.ticks] == ["0", "5", "10", "15", "20"]
    heights = {tick.label: tick.at for tick in drawn.ticks}
    assert drawn.consented.endswith(f"V{heights['10']}H{float(drawn.right)}")
    assert drawn.finished.endswith(f"V{heights['5']}H{float(drawn.right)}")
    assert drawn.target == heights["20"]


def test_plotly_gets_the_days_and_the_target_as_a_line_over_all_of_them():
    days = [factories.START.date() + timedelta(days=number) for number in range(4)]
    drawn = plots.recruitment(Recruited(days, [1, 5, 9, 10], [0, 2, 4, 5], 20))
    consented, finished, aim = drawn["data"]
    assert list(consented["x"]) == ["2026-03-01", *(day.isoformat() for day in days)]
    assert (list(consented["y"]), list(finished["y"])) == ([0, 1, 5, 9, 10], [0, 0, 2, 4, 5])
    assert (aim["name"], list(aim["x"]), list(aim["y"])) == ("target", ["2026-03-01", "2026-03-05"], [20, 20])
    assert drawn["layout"]["yaxis"]["range"][1] > 20
    assert list(drawn["layout"]["xaxis"]["tickvals"]) == list(consented["x"])[::2]  # all would not fit on a telephone
    assert len(plots.recruitment(Recruited(days, [1, 5, 9, 10], [0, 2, 4, 5], None))["data"]) == 2


@pytest.mark.parametrize(("longest", "marks"), [(40.0, "D2"), (600.0, 1)])
def test_the_axis_of_times_has_marks_enough(longest, marks):
    stage = StageProgress("About you", times=times({"A": 1.0, "B": 2.0, "C": 2.5, "D": 3.0, "E": longest}))
    assert plots.times([stage])["layout"]["xaxis"]["dtick"] == marks


# The page and what keeps it up to date


def test_the_overview_shows_link_numbers_and_diagram():
    factories.finished()
    page = factories.researcher().get(OVERVIEW).content.decode()
    for shown in ("http://testserver/join/tiny/", "CONSORT flow", "Allocated at random (n = 1)", "Stage by stage"):
        assert shown in page


def test_an_empty_study_has_its_page():
    factories.study()
    assert "Nobody has come yet" in factories.researcher().get(OVERVIEW).content.decode()


def test_live_answers_304_until_something_changes():
    study = factories.study()
    factories.consented(study)
    client = factories.researcher()
    first = client.get(LIVE)
    assert first.status_code == 200 and "no-store" in first["Cache-Control"]
    again = client.get(LIVE, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    factories.consented(study)
    assert client.get(LIVE, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_who_recruits_sees_no_arm_anywhere():
    finished = factories.finished()
    assistant = factories.colleague("assistant")
    for address in (OVERVIEW, LIVE, reverse("survey:participants", kwargs=NAMED), _of(finished)):
        page = assistant.get(address).content.decode()
        assert finished.code in page or address in (OVERVIEW, LIVE)
        for arm in ("visual", "CONSORT", f"{finished.allocation.arm} 1", f"· {finished.allocation.arm}"):
            assert arm not in page
        assert finished.token not in page


# One participant


def test_the_timeline_tells_the_way_in_order_and_no_answer():
    finished = factories.finished(answers={"post_open": "My very own words."})
    factories.event(finished, kind="page_hidden", data={})
    factories.event(finished, kind="scrolled", data={"chapter": "gates", "position": 0.0438954}, sequence=2)
    moments = timeline(finished, with_arm=True)
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    told = [(moment.what, moment.more) for moment in moments]
    assert told[0][0] == "Consented"
    assert ("After, page 2", "0:30 min until it was sent · 2 items") in told
    assert ("Was allocated", finished.allocation.arm) in told
    assert any(moment.is_event and "out of sight" in moment.what for moment in moments)
    assert ("The reader stopped scrolling", "chapter gates · position 0.0439") in told
    assert "Finished" in [what for what, _ in told]
    assert "My very own words." not in factories.researcher().get(_of(finished)).content.decode()


def test_of_who_had_their_data_erased_the_draw_is_left():
    finished = factories.finished()
    owner = factories.colleague("owner")
    owner.post(_of(finished, "add_note"), {"text": "Called."})
    withdrawal.erase(finished, factories.START + timedelta(days=1))
    page = owner.get(_of(finished)).content.decode()
    assert "Had all data erased" in page and "Was allocated" in page and "Called." not in page
    assert "withdrew, data erased (n = 1)" in owner.get(OVERVIEW).content.decode()


def test_answers_are_shown_when_unblinded_and_each_look_is_written_down():
    finished = factories.finished(answers={"post_open": "My very own words."})
    owner = factories.colleague("owner")
    blind = owner.post(_of(finished, "show_answers"), follow=True).content.decode()
    assert "My very own words." not in blind and "The study is blind" in blind
    owner.post(UNBLIND, {"reason": "All have finished."})
    shown = owner.post(_of(finished, "show_answers")).content.decode()
    assert "My very own words." in shown and "One pass through all training sequences" in shown
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "participant")) == [
        ("unblinded", ""),
        ("answers_shown", finished.code),
    ]


def test_the_personal_link_is_shown_on_demand_and_that_is_written_down():
    learner = factories.learning()
    owner = factories.colleague("owner")
    assert learner.token not in owner.get(_of(learner)).content.decode()
    assert f"/resume/{learner.token}/" in owner.post(_of(learner, "show_link")).content.decode()
    assert AuditEntry.objects.get().action == "link_shown"


def test_notes_are_kept_and_never_empty():
    learner, assistant = factories.learning(), factories.colleague("assistant")
    assert "login__error" in assistant.post(_of(learner, "add_note"), {"text": " "}).content.decode()
    page = assistant.post(_of(learner, "add_note"), {"text": "Called: <b>no sound</b>."}, follow=True)
    assert "&lt;b&gt;no sound" in page.content.decode()
    assert Note.objects.get().written_by.username == AuditEntry.objects.get().who == "assistant"


def test_an_exclusion_needs_a_reason_and_taking_it_back_adds_to_it():
    finished, owner = factories.finished(), factories.colleague("owner")
    assert "login__error" in owner.post(_of(finished, "exclude"), {"reason": ""}).content.decode()
    for reason in ("Too fast", "Looked again"):
        owner.post(_of(finished, "exclude"), {"reason": reason})
    assert list(Exclusion.objects.order_by("pk").values_list("is_excluded", "reason")) == [
        (True, "Too fast"),
        (False, "Looked again"),
    ]
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["excluded", "included"]


def test_participants_are_found_by_code_and_kind():
    study = factories.study()
    one, other = factories.consented(study, code="ABCD2345"), factories.consented(study, code="KLMN2345")
    simulated = factories.consented(study, kind="simulated")
    address, owner = reverse("survey:participants", kwargs=NAMED), factories.colleague("owner")
    page = owner.get(address, {"code": "abc"}).content.decode()
    assert one.code in page and other.code not in page and "1 participant," in page
    assert "No code of this kind begins with ZZ" in owner.get(address, {"code": "zz"}).content.decode()
    page = owner.get(address, {"kind": "simulated"}).content.decode()
    assert simulated.code in page and one.code not in page


def test_a_list_with_nobody_says_how_somebody_comes():
    factories.study()
    address, links = (reverse(f"survey:{name}", kwargs=NAMED) for name in ("participants", "links"))
    hint = f'yet. <a href="{links}">'
    assert hint in factories.colleague("owner").get(address).content.decode()
    assert hint not in factories.colleague("analyst").get(address).content.decode(), "the page is not theirs"
    page = factories.colleague("owner").get(address, {"kind": "simulated"}).content.decode()
    assert "manage.py simulate_participants tiny" in page and hint not in page


# Blind until closed


def test_nobody_downloads_the_data_of_a_blind_study():
    study = factories.study()
    for role in ("owner", "analyst"):
        client = factories.colleague(role)
        response = client.get(EXPORT)
        assert response.status_code == 403 and "The study is blind" in response.content.decode()
        overview = client.get(OVERVIEW).content.decode()
        assert DOWNLOAD not in overview and "Blind: no download" in overview
    assert is_blind(study) and not AuditEntry.objects.exists()


def test_a_closed_study_is_not_blind():
    study, owner = factories.study(), factories.colleague("owner")
    lifecycle.change(study, "closed", "All have come.", factories.START)
    assert not is_blind(study)
    assert DOWNLOAD in owner.get(OVERVIEW).content.decode()
    assert "Data collection is closed" in owner.get(UNBLIND).content.decode()


def test_unblinding_needs_a_reason_is_done_once_and_written_down():
    study, owner = factories.study(), factories.colleague("owner")
    assert "Please give the reason" in owner.post(UNBLIND, {"reason": ""}).content.decode()
    assert is_blind(study)
    for reason in ("All have finished.", "Once more"):
        owner.post(UNBLIND, {"reason": reason})
    assert Unblinding.objects.get().reason == "All have finished."
    assert [(entry.action, entry.details) for entry in AuditEntry.objects.all()] == [
        ("unblinded", {"reason": "All have finished."})
    ]
    page = owner.get(UNBLIND).content.decode()
    assert "owner unblinded this study" in page and '<form method="post" class="desk-form"' not in page
