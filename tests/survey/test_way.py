"""A way that winds: conditions, early ends, checks of attention and comprehension, walked by real requests."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from survey import flow, protocol, way
from survey.export import bundle
from survey.models import ItemResponse, Participant, StageVisit
from survey.monitor.recruitment import recruitment
from survey.protocol import StudyError, parse, protocol_of, read_folder
from survey.study_file import Protocol
from tests import factories

pytestmark = pytest.mark.django_db
SHIPPED = Path(protocol.__file__).parent / "studies" / "replication"


def _begin() -> Client:
    """Return the browser of somebody who has just consented."""
    browser = Client()
    browser.post("/join/winding/", factories.consent_form(factories.study(factories.WINDING)))
    return browser


def _here(browser: Client) -> str:
    return browser.get("/study/winding/").headers["Location"]


def _send(browser: Client, **answers: Any) -> str:
    """Send the page on which this browser stands, with its usual answers and these; return where it leads."""
    walker = Participant.objects.get()
    position = flow.current(walker, timezone.now())
    visit = flow.enter(walker, position, timezone.now())
    sent = {"_attempt": position.attempt} | factories.page_answers(walker, visit, answers)
    return browser.post(flow.stage_address(walker, position), sent).headers["Location"]


def _walk(browser: Client, until: str, **answers: Any) -> list[str]:
    """Send page after page until the address holds `until`; return the addresses seen on the way."""
    seen = [_here(browser)]
    while until not in seen[-1]:
        assert len(seen) < 30, seen
        seen.append(_send(browser, **answers))
    return [re.sub("/(study|visual|text)/winding/", "", address) or "learning/" for address in seen]


STRAIGHT = ["about/1/", "pretest/1/", "instruction/1/", "check/1/", "learning/", "posttest/1/", "complete/"]


def test_who_meets_no_condition_goes_the_straight_way():
    assert _walk(_begin(), "complete") == STRAIGHT
    walker = Participant.objects.get()
    assert (walker.status, walker.screened_out_at) == ("finished", None)


@pytest.mark.parametrize("answers", [{"experience": "some"}, {"tools": ["r", "python"]}])
def test_a_branch_is_seen_by_those_who_meet_its_condition(answers):
    assert _walk(_begin(), "complete", **answers) == ["about/1/", "experts/1/", *STRAIGHT[1:]]


@pytest.mark.parametrize(("wrong", "seen"), [(0, False), (1, True), (2, True)])
def test_a_branch_may_follow_from_a_score(wrong, seen):
    answers = dict([("pre_1", "forgets"), ("pre_2", "one")][:wrong])
    assert ("refresher/1/" in _walk(_begin(), "complete", **answers)) == seen


def test_who_is_screened_out_sees_why_keeps_a_code_and_draws_no_arm():
    browser = _begin()
    assert _walk(browser, "ended", experience="much") == ["about/1/", "ended/"]
    walker = Participant.objects.get()
    assert (walker.status, walker.screened_out_reason) == ("screened_out", "experienced")
    assert not hasattr(walker, "allocation") and walker.finished_at is None
    page = browser.get("/study/winding/ended/").content.decode()
    assert "people who are new to the topic" in page and walker.code in page and "100 % done" in page
    for address in ("pretest/1/", "complete/", "experts/1/"):
        assert browser.get(f"/study/winding/{address}").headers["Location"] == "/study/winding/ended/"
    assert browser.post("/study/winding/pretest/1/", {}).headers["Location"] == "/study/winding/ended/"
    assert browser.get("/join/winding/").headers["Location"] == "/study/winding/ended/"


def test_nobody_else_comes_to_the_page_of_an_early_end():
    browser = _begin()
    assert browser.get("/study/winding/ended/").headers["Location"] == "/study/winding/about/1/"


def test_the_way_so_far_decides_and_no_reload_changes_it():
    browser = _begin()
    _send(browser, experience="some")
    for _ in range(3):
        assert _here(browser) == "/study/winding/experts/1/"
    # A second tab still shows the first page: what it sends is told, and changes nothing.
    again = browser.post("/study/winding/about/1/", {"experience": "much", "care_1": "2"}, follow=True)
    assert again.redirect_chain[-1][0] == "/study/winding/experts/1/"
    assert "those answers count" in again.content.decode()
    assert list(ItemResponse.objects.filter(item="experience").values_list("value", flat=True)) == ["some"]


def test_progress_never_goes_back():
    for answers in ({}, {"experience": "some", "pre_1": "forgets", "end_1": "nobody"}):
        Participant.objects.all().delete()
        browser = _begin()
        shown = []
        while "complete" not in (address := _here(browser)):
            if "learning" not in address and "/study/" in address:
                shown.append(int(re.search(r"(\d+) % done", browser.get(address).content.decode())[1]))
            _send(browser, **answers)
        assert shown == sorted(shown) and len(set(shown)) > 4, shown


def test_the_arm_is_drawn_when_a_skipped_stage_lies_between():
    browser = _begin()
    _walk(browser, "instruction")
    assert Participant.objects.get().allocation.sequence == 1


# Checks of comprehension


def test_who_has_not_understood_reads_again_and_every_try_is_kept():
    browser = _begin()
    _walk(browser, "check/")
    assert _send(browser, end_1="nobody") == "/study/winding/instruction/1/"
    page = browser.get("/study/winding/instruction/1/").content.decode()
    assert "Please read this page again" in page and 'name="_attempt" value="2"' in page
    assert _send(browser) == "/study/winding/check/1/"
    assert "Try 2 of 3." in browser.get("/study/winding/check/1/").content.decode()
    assert "learning" not in _send(browser, end_1="researcher")
    _send(browser)
    assert re.match("/(visual|text)/", _send(browser))
    given = ItemResponse.objects.filter(item="end_1").order_by("revision")
    assert list(given.values_list("attempt", "revision", "value")) == [
        (1, 1, "nobody"),
        (2, 2, "researcher"),
        (3, 3, "clock"),
    ]
    visits = Participant.objects.get().visits
    assert list(visits.filter(stage="instruction").order_by("attempt").values_list("attempt", flat=True)) == [1, 2, 3]
    assert [len(visit.shown) for visit in visits.filter(stage="check")] == [1, 1, 1]


def test_a_try_that_is_sent_twice_counts_once():
    browser = _begin()
    _walk(browser, "check/")
    first = {"end_1": "nobody", "_attempt": "1"}
    browser.post("/study/winding/check/1/", first)
    for address in ("/study/winding/instruction/1/", "/study/winding/check/1/"):  # before and after reading again
        assert browser.post("/study/winding/check/1/", first).headers["Location"] == address
        assert browser.post("/study/winding/check/1/", {"end_1": "clock"}).headers["Location"] == address
        assert ItemResponse.objects.filter(item="end_1").count() == 1
        if "instruction" in address:
            # The same of the text: only the form of the second reading leads on.
            assert browser.post(address, {"_attempt": "1"}).headers["Location"] == address
            browser.post(address, {"_attempt": "2"})


def test_after_the_last_try_the_way_goes_on():
    seen = _walk(_begin(), "complete", end_1="nobody")
    assert seen.count("check/1/") == seen.count("instruction/1/") == 3
    assert Participant.objects.get().status == "finished"


def _winding(old: str, new: str) -> dict[str, str]:
    texts = factories.files(factories.WINDING)
    assert old in texts["study.toml"], old
    return texts | {"study.toml": texts["study.toml"].replace(old, new, 1)}


def test_after_the_last_try_the_study_may_end():
    rule = 'tries = 2\nfailed = "screen_out"\nend = "inattentive"'
    factories.study(factories.WINDING, files=_winding('tries = 3\nreason = "not_understood"', rule))
    seen = _walk(_begin(), "ended", end_1="nobody")
    assert seen[-3:] == ["instruction/1/", "check/1/", "ended/"] and seen.count("check/1/") == 2
    assert Participant.objects.get().screened_out_reason == "failed_attention"


# Checks of attention


def test_one_failed_check_of_two_ends_nothing():
    assert _walk(_begin(), "complete", care_1=5) == STRAIGHT


def test_who_fails_as_many_checks_as_the_study_says_is_screened_out():
    seen = _walk(_begin(), "ended", care_1=5, care_2="red")
    assert seen == [*STRAIGHT[:-1], "ended/"]
    walker = Participant.objects.get()
    assert (walker.status, walker.screened_out_reason) == ("screened_out", "failed_attention")
    assert walker.allocation and walker.finished_at is None


@pytest.mark.parametrize("rule", ["ignore", "flag"])
def test_a_study_may_go_on_with_who_fails(rule):
    texts = _winding('failed = "screen_out"\nfailures = 2\nend = "inattentive"', f'failed = "{rule}"')
    texts["study.toml"] = (
        texts["study.toml"]
        .replace("failed_attention", "unused")
        .replace('reason = "unused"', 'reason = "unused"\nwhen = { item = "care_1", equals = 1 }')
    )
    factories.study(factories.WINDING, files=texts)
    assert _walk(_begin(), "complete", care_1=5, care_2="red") == STRAIGHT


# What a study file may not say


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('equals = "much"', 'equals = "a lot"', "stages.3.when.equals: 'a lot' is no answer to 'experience'"),
        ('{ item = "experience", equals = "much" }', '{ item = "years", at_least = 3 }', "'years' is first asked in"),
        ('{ item = "experience", equals = "much" }', '{ item = "nothing", at_least = 3 }', "no item 'nothing' in a"),
        ('equals = "much"', "at_least = 3", "'experience' has options and no numbers"),
        ('{ item = "experience", equals = "much" }', '{ item = "experience" }', "compares with nothing"),
        ('{ item = "experience", equals = "much" }', "{ }", "expected one of item, scale, all and any"),
        ("at_most = 50", "at_most = 50, at_least = 60", "60 is above at_most"),
        ("at_most = 50", 'equals = "low"', "'low' is no answer to 'pre_total'; expected a number"),
        ('when = { item = "experience", equals = "much" }', "", "nobody comes to 'too_experienced'"),
        ('text = "instruction"\ntries', 'text = "refresher"\ntries', "'refresher' is no text stage before this one"),
        ('instrument = "check"', 'instrument = "experts"', "no item of 'experts' has a key"),
        ("tries = 3", 'tries = 3\nend = "inattentive"', "failed = 'flag' goes on; expected no end"),
        ("failures = 2", "failures = 3", "attention.failures: 3 of 2 items with an `expected` answer"),
        ('end = "inattentive"', 'end = "debriefing"', "'debriefing' is no stage of kind 'screen_out'"),
    ],
)
def test_a_wrong_rule_is_named_with_its_place(old, new, expected):
    with pytest.raises(StudyError) as refused:
        parse(_winding(old, new))
    found = [str(problem) for problem in refused.value.problems]
    assert any(expected in problem and re.match(r"study\.toml:\d+: ", problem) for problem in found), found


def test_an_expected_answer_must_be_possible():
    texts = factories.files(factories.WINDING)
    path = "en/instruments/about.toml"
    for old, new in [("expected = 2", "expected = 6"), ('type = "likert"', 'type = "short_text"')]:
        with pytest.raises(StudyError, match=r"about.toml:\d+: items"):
            parse(texts | {path: texts[path].replace(old, new)})


@given(st.lists(st.sampled_from(["submitted", "time_out"]), max_size=25), st.sampled_from([SHIPPED, factories.WINDING]))
def test_a_way_that_is_kept_is_the_one_that_would_be_laid(ends, folder):
    """Somebody leaves page after page, by sending it or because the time is up."""
    study, done, now = _parsed(folder), way.NOTHING, timezone.now()
    for ended in ends:
        laid = way._laid(study, done)
        assert way.way(study, done) == laid
        here = way.standing(laid, done).key
        visit = StageVisit(entered_at=now, completed_at=now, ended_by=ended, shown=[])
        done = way.SoFar({**done.visits, here: visit})
    assert bool(study.deciding) == (folder == factories.WINDING)  # of both kinds


@cache
def _parsed(folder: Path) -> Protocol:
    return parse(read_folder(folder))


def test_the_longest_way_is_known_without_answers():
    walker = factories.participant(factories.study(factories.WINDING))
    way = flow.way(protocol_of(walker.version))
    assert [position.stage.id for position in way] == [
        *("consent", "about", "experts", "pretest", "instruction", "check", "learning", "refresher"),
        *("posttest", "debriefing"),
    ]


# What the researcher gets


def _exported(tmp_path) -> dict[str, list[dict[str, str]]]:
    export_to = tmp_path / "export"
    bundle.write_folder(Participant.objects.first().study, export_to)
    return {
        path.name: list(csv.DictReader(path.read_text().splitlines(keepends=True))) for path in export_to.glob("*.csv")
    }


def test_the_export_tells_tries_flags_and_ends(tmp_path):
    _walk(_begin(), "complete", end_1="nobody", care_1=5)
    walked = Participant.objects.get()
    study = walked.study
    screened = factories.walk(factories.participant(study), answers={"experience": "much"})
    fine = factories.finished(study)
    tables = _exported(tmp_path)
    rows = {row["participant"]: row for row in tables["participants.csv"]}
    told = (
        "status",
        "screened_out_reason",
        "attention_failed",
        "flags",
        "check_tries",
        "check_passed",
        "end_1",
        "years",
    )
    assert [rows[walked.code][name] for name in told] == ["finished", "", "1", "not_understood", "3", "0", "nobody", ""]
    assert [rows[fine.code][name] for name in told] == ["finished", "", "0", "", "1", "1", "clock", ""]
    assert [rows[screened.code][name] for name in told] == ["screened_out", "experienced", "0", "", "", "", "", ""]
    assert rows[screened.code]["screened_out_at"] and not rows[screened.code]["arm"]
    tries = [row for row in tables["responses.csv"] if (row["participant"], row["item"]) == (walked.code, "end_1")]
    assert [(row["attempt"], row["revision"], row["value"]) for row in tries] == [(n, n, "nobody") for n in "123"]
    assert all(row["options"] and row["page"] == "1" for row in tries)
    assert rows[fine.code]["check_seconds"] == str(factories.PAGE_SECONDS)


def test_the_progress_page_counts_who_was_screened_out():
    _walk(_begin(), "ended", care_1=5, care_2="red")
    study = Participant.objects.get().study
    factories.walk(factories.participant(study), answers={"experience": "much"})
    factories.walk(factories.participant(study), until="experts", answers={"experience": "some"})
    found = recruitment(study)
    assert (found.consented, found.screened_out, found.under_way) == (3, 2, 1)
    assert [group.screened_out for group in found.groups if group.allocated] == [1]
    assert [stage.title for stage in found.stages if stage.standing] == ["Your experience"]


def test_the_place_of_who_was_screened_out_is_given_free():
    texts = _winding("block_sizes = [2]", "block_sizes = [2]\nreplace_after_minutes = 120")
    study = factories.study(factories.WINDING, files=texts)
    gone = factories.walk(factories.participant(study), answers={"care_1": 5, "care_2": "red"})
    assert gone.status == "screened_out"
    assert factories.finished(study).allocation.replaces == gone.allocation.sequence


def test_a_platform_gets_the_code_of_the_end():
    texts = _winding('reason = "failed_attention"', 'reason = "a"\noutcome = "failed_attention_check"')
    texts["study.toml"] += '\n[prolific]\ncompleted = "DONE"\nfailed_attention_check = "CARELESS"\n'
    study = factories.study(factories.WINDING, files=texts)
    factories.uninvited().post("/join/winding/?PROLIFIC_PID=p1", factories.consent_form(study))
    walker = factories.walk(Participant.objects.get(), answers={"care_1": 5, "care_2": "red"})
    page = factories.browser(walker).get("/study/winding/ended/").content.decode()
    assert "cc=CARELESS" in page and "DONE" not in page
