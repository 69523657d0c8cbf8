"""Simulated people answer validly, show the effect that was asked for, and never get in as real participants."""

import statistics
import uuid
from collections import Counter
from datetime import timedelta
from random import Random
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from survey import curriculum, events, flow
from survey.instruments import PageForm, shown_on
from survey.management.commands.simulate_participants import progress
from survey.models import Invitation, Kind, Participant
from survey.scoring import score
from survey.simulation import learning, walking
from survey.simulation.browsing import Browser, Page, SimulationError
from survey.simulation.people import Person
from survey.simulation.walking import walk
from tests import factories
from tests.browser.test_experiments import trained
from visual.runspec import DEFAULT

REPLICATION = factories.protocol(factories.REPLICATION)
TINY = factories.protocol()
WINDING = factories.protocol(factories.WINDING)


def _people(number, protocol=REPLICATION, dropout=0.0, effect=0.0, seed=1):
    pages = len(flow.way(protocol)) - 2
    return [Person(protocol, seed, each, pages, dropout, effect) for each in range(number)]


def _answers(person, stage, arm, protocol=REPLICATION):
    instrument = {found.id: held for found, held in protocol.instruments()}[stage]
    return instrument, {item.id: person.answer(stage, item.id, arm) for item in instrument.items}


def _totals(people, stage, scale_id, arm):
    totals = []
    for person in people:
        instrument, answers = _answers(person, stage, arm)
        scale = next(scale for scale in instrument.scales if scale.id == scale_id)
        totals.append(score(scale, instrument, answers, set(answers)))
    return totals


def test_the_effect_between_the_arms_is_the_one_asked_for():
    first = _totals(_people(1500, effect=0.5), "posttest", "post_total", "visual")
    last = _totals(_people(1500, effect=0.5, seed=2), "posttest", "post_total", "text")
    pooled = ((statistics.variance(first) + statistics.variance(last)) / 2) ** 0.5
    found = (statistics.mean(first) - statistics.mean(last)) / pooled
    assert found == pytest.approx(0.5, abs=0.15)  # four standard errors of a difference of 1,500 each
    assert statistics.mean(first + last) == pytest.approx(60, abs=1.5)
    assert pooled == pytest.approx(15, abs=1.5)


def test_before_the_allocation_no_arm_is_ahead_and_prior_knowledge_tells_of_later():
    people = _people(1500, effect=2)
    before = _totals(people, "pretest", "pre_total", None)
    after = _totals(people, "posttest", "post_total", "visual")
    assert statistics.mean(before) == pytest.approx(40, abs=2)
    assert statistics.correlation(before, after) == pytest.approx(0.4, abs=0.1)


@pytest.mark.parametrize("protocol", [TINY, WINDING, REPLICATION], ids=lambda protocol: protocol.study.name)
def test_every_answer_is_one_that_the_form_takes(protocol):
    for person in _people(30, protocol):
        for stage, instrument in protocol.instruments():
            _, answers = _answers(person, stage.id, "visual", protocol)
            for page in range(1, instrument.pages + 1):
                shown = shown_on(instrument, page, "order")
                given = {entry["item"]: answers[entry["item"]] for entry in shown}
                form = PageForm(
                    instrument, shown, data={key: value for key, value in given.items() if value is not None}
                )
                assert form.is_valid(), form.errors


def test_most_are_careful_and_understand_and_who_does_not_may_at_the_next_try():
    people = _people(2000, WINDING)
    careful = [person.answer("about", "care_1", None) == "2" for person in people]
    assert 0.93 < statistics.mean(careful) < 0.98
    tries = [[person.answer("check", "end_1", "text") == "clock" for _ in range(2)] for person in people]
    assert 0.76 < statistics.mean(first for first, _ in tries) < 0.84
    assert {(first, second) for first, second in tries} == {(a, b) for a in (True, False) for b in (True, False)}


def test_the_share_who_leave_is_the_one_asked_for():
    people = _people(2000, dropout=0.3)
    left = [person.leaves_after for person in people if person.leaves_after is not None]
    assert len(left) == pytest.approx(600, abs=85)
    assert set(left) == set(range(len(flow.way(REPLICATION)) - 2))
    assert all(person.leaves_after is None for person in _people(50))


def test_the_same_seed_makes_the_same_people():
    once, again = (_answers(_people(3)[2], "posttest", "text")[1] for _ in range(2))
    assert once == again
    assert once != _answers(_people(3, seed=2)[2], "posttest", "text")[1]


def test_a_study_of_one_arm_has_no_effect():
    one = REPLICATION.study.model_copy(update={"arms": REPLICATION.study.arms[:1]})
    alone = Person(type(REPLICATION)(one, REPLICATION.editions), 1, 0, 5, 0, 3)
    assert alone._shift("visual") == 0


class _Django:
    """A browser that walks Django's test client: the site without a server."""

    def __init__(self, url):
        self._client, self.seconds, self.fetched = factories.uninvited(), [], 0

    def get(self, path):
        return self._page(self._client.get(path, follow=True), path)

    def send(self, page, values):
        filled = {name: value for name, value in values.items() if value is not None}
        target = page.form.action or page.url
        return self._page(self._client.post(target, {**page.form.hidden, **filled}, follow=True), target)

    def _page(self, response, path):
        self.seconds.append(0.001)
        if response.status_code != 200:
            raise SimulationError(f"{path}: HTTP {response.status_code}")
        return Page(response.redirect_chain[-1][0] if response.redirect_chain else path, response.content.decode())


class _Recorder(_Django):
    """The same, as a learner's: keeps what is asked for and logged."""

    def __init__(self, of):
        super().__init__("")
        self._client, self.asked, self.events = factories.browser(of), [], []

    def fetch(self, address):
        self.asked.append(address)

    def fetch_json(self, address):
        self.asked.append(address)
        return self._client.get(address).json()

    def post_json(self, address, values, page):
        assert len(values["events"]) <= learning.BATCH
        self.events += [(event["kind"], events.check(event["kind"], event["data"])) for event in values["events"]]
        return self._client.post(address, values, content_type="application/json").json()


def _learned(minutes, features="", arm="visual", seed=1):
    """Return the browser of somebody who has learned in this arm."""
    texts = factories.files()
    texts["study.toml"] = texts["study.toml"].replace('id = "visual"', f'id = "visual"\n{features}', 1)
    study = factories.study(files=texts)
    learner = factories.learning(study)
    if learner.allocation.arm != arm:
        learner = factories.learning(study)
    Participant.objects.filter(pk=learner.pk).update(consented_at=timezone.now())
    learner.visits.filter(stage="learning").update(
        entered_at=timezone.now(), due_at=timezone.now() + timedelta(minutes=30)
    )
    browser = _Recorder(learner)
    page = browser.get("/study/tiny/")
    assert learning.learn(browser, page, Random(seed), minutes) == len(browser.events) == learner.events.count()
    return browser


@pytest.mark.django_db
def test_who_explores_asks_for_the_runs_that_are_shown_and_logs_it():
    browser = _learned(20)
    kinds = Counter(kind for kind, _ in browser.events)
    assert 200 < kinds.total() < 1500 and len(kinds) > 10, kinds
    runs = {address for address in browser.asked if "/runs/" in address and "/layers/" not in address}
    specs = {data["spec"] for kind, data in browser.events if kind == "run_started"}
    assert all(any(f"/{spec}/" in address for address in runs) for spec in specs) and len(specs) > 2
    assert any(address.endswith("main.js") for address in browser.asked)
    fetched = factories.uninvited()
    assert {fetched.get(address).status_code for address in sorted(runs)[:3]} == {200}


@pytest.mark.django_db
def test_who_explores_takes_the_tour_predicts_and_tries_experiments_that_the_engine_answers():
    told = [event for seed in (3, 4) for event in _learned(30, seed=seed).events]
    kinds = Counter(kind for kind, _ in told)
    assert kinds["tutorial_step_shown"] > kinds["tutorial_step_done"] > 5 and kinds["tutorial_closed"] in (1, 2)
    assert kinds["experiment_opened"] == kinds["experiment_closed"] > 2
    assert kinds["prompt_shown"] >= kinds["prediction_made"] > 2
    for prompt in (data for kind, data in told if kind == "prediction_made" and data["prompt"] == "trained"):
        network = trained(DEFAULT, 20).evaluate().prediction[:10, 0]
        drawn = [float(value) for value in prompt["answer"].split()]
        error = statistics.mean(abs(one - other) for one, other in zip(drawn, network, strict=True))
        assert (prompt["error"], prompt["success"]) == (pytest.approx(error, abs=1e-3), int(error <= 0.25))
    outcomes = [data for kind, data in told if kind == "experiment_outcome"]
    for data in outcomes:
        numbers = data["numbers"]
        assert numbers["loss_change"] == pytest.approx(numbers["loss"] - numbers["original_loss"], rel=0.02, abs=1e-3)
    assert {data["experiment"] for data in outcomes} >= {"clamp_gate"}


@pytest.mark.django_db
def test_who_reads_answers_the_prompts_as_who_explores_does():
    read = [data for seed in range(3) for kind, data in _learned(30, arm="text", seed=seed).events if "pred" in kind]
    assert len(read) > 3 and {data["success"] for data in read} == {0, 1}
    assert all(set(data) == {"prompt", "answer", "error", "success"} and data["answer"] for data in read)


@pytest.mark.django_db
def test_where_there_is_nothing_to_predict_to_try_or_to_follow_nobody_does():
    without = "features = { predictions = false, tour = false, experiments = false }"
    kinds = {kind for kind, _ in _learned(20, without).events}
    assert not [kind for kind in kinds if kind.startswith(("prompt", "predict", "tutorial", "experiment"))]


@pytest.mark.django_db
def test_what_an_arm_lacks_nobody_uses():
    off = ["settings", "structure", "time_machine", "cell_view", "time_view", "explanations"]
    browser = _learned(20, "features = { " + ", ".join(f"{name} = false" for name in off) + " }")
    assert not {"setting_changed", "run_reset", "concept_opened"} & {kind for kind, _ in browser.events}
    assert {data["view"] for kind, data in browser.events if kind == "view_opened"} == {"network"}


@pytest.mark.django_db
def test_who_reads_comes_through_the_chapters_in_their_order():
    browser = _learned(30, arm="text")
    opened = [data["chapter"] for kind, data in browser.events if kind == "chapter_opened"]
    assert opened == [chapter.id for chapter in curriculum.chapters("en")][: len(opened)] and len(opened) > 2
    assert 40 < len(browser.events) < 400
    assert "deeper_opened" in {kind for kind, _ in browser.events}


@pytest.fixture
def invited(monkeypatch):
    monkeypatch.setattr(walking, "Browser", _Django)

    def come(study, person, arm=None):
        invitation = Invitation.objects.create(study=study, kind=Kind.SIMULATED)
        return walk("", study.name, invitation.key, person, lambda: arm)

    return come


@pytest.mark.django_db
def test_who_walks_to_the_end_has_finished_as_simulated(invited):
    study = factories.study()
    walked = invited(study, _people(1, TINY)[0])
    assert (walked.ended, walked.pages, walked.error) == ("finished", len(flow.way(TINY)) - 2, "")
    [participant] = Participant.objects.all()
    assert (participant.kind, participant.status) == ("simulated", "finished")


@pytest.mark.django_db
def test_who_leaves_has_left_there(invited):
    person = _people(1, TINY)[0]
    person.leaves_after = 3
    walked = invited(factories.study(), person)
    assert (walked.ended, walked.pages) == ("left", 3)
    assert Participant.objects.get().visits.filter(completed_at__isnull=False).count() == 4


@pytest.mark.django_db
def test_who_finds_no_place_is_told_so(invited):
    texts = factories.files()
    texts["study.toml"] += "maximum = 1\n"
    study = factories.study(files=texts)
    late = factories.walk(factories.participant(study, kind=Kind.SIMULATED), until="pretest")
    people = _people(2, TINY)
    assert [late.kind, invited(study, people[0]).ended] == ["simulated", "finished"]
    assert factories.walk(late).status == "no_place"
    assert "expected" not in invited(study, people[1]).error


@pytest.mark.django_db
def test_what_is_refused_ends_the_walk_with_its_place(invited, monkeypatch):
    monkeypatch.setattr(Person, "answer", lambda *_: "no such answer")
    walked = invited(factories.study(), _people(1, TINY)[0])
    assert (walked.ended, walked.error) == ("failed", "/study/tiny/about/1/: what was sent was refused")


@pytest.mark.django_db
def test_a_site_that_does_not_know_the_invitation_gets_nothing(monkeypatch):
    monkeypatch.setattr(walking, "Browser", _Django)
    factories.study()
    walked = walk("", "tiny", uuid.uuid4(), _people(1, TINY)[0], lambda: None)
    assert (walked.ended, walked.pages) == ("failed", 0)
    assert "HTTP 404" in walked.error
    monkeypatch.setattr(
        _Django, "get", lambda self, path: self._page(self._client.get("/join/tiny/", follow=True), path)
    )
    walked = walk("", "tiny", uuid.uuid4(), _people(1, TINY)[0], lambda: None)
    assert "does not know the invitation; nothing was sent" in walked.error
    assert not Participant.objects.exists()


def test_forms_are_read_as_a_browser_reads_them():
    page = Page(
        "http://site.test/a/?refused=1",
        '<form method="get"><input name="search"></form>'
        '<form method="post"><input type="hidden" name="token" value="x"><input type="checkbox" name="consent">'
        '<input type="radio" name="pick" value="a"><input type="radio" name="pick" value="b"><input type="submit">'
        '<textarea name="text"></textarea></form><input name="outside">'
        '<form method="post" action="/end" data-learning-phase></form>',
    )
    assert page.was_refused and page.path == "/a/"
    assert (page.form.action, page.form.learning_phase) == ("/end", True)
    first = Page(page.url, page.html.replace("data-learning-phase", "")).form
    assert (first.hidden, first.boxes, first.names) == ({"token": "x"}, {"consent"}, ["pick", "text"])
    with pytest.raises(SimulationError, match="no form that leads on"):
        _ = Page("/b/", "<p>nothing</p>").form


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"n": 0}, "--n: expected 1"),
        ({"threads": 0}, "--threads"),
        ({"dropout": 30}, "--dropout: expected 0 to 1"),
        ({"effect": 9}, "--effect"),
        ({"url": "ftp://site"}, "--url: expected an address"),
        ({"url": "http://127.0.0.1:9"}, "No site answers"),
        ({"study": "nothing"}, "There is no study 'nothing'"),
    ],
)
def test_what_cannot_be_simulated_is_refused_before_anything_is_made(options, expected):
    factories.study()
    with pytest.raises(CommandError, match=expected):
        call_command("simulate_participants", options.pop("study", "tiny"), **options)
    assert not Invitation.objects.exists()


def test_the_progress_bar_fills_up():
    assert progress(1, 3, width=6) == "[##....] 1 of 3 have come to an end"
    assert progress(3, 3, width=6).startswith("[######] 3 of 3")


@pytest.mark.django_db
def test_removing_leaves_everybody_else(capsys):
    study = factories.study()
    for kind in Kind.values:
        factories.learning(study, kind=kind)
    Invitation.objects.create(study=study, kind=Kind.SIMULATED)
    kept = Invitation.objects.create(study=study)
    call_command("simulate_participants", "tiny", remove=True)
    assert capsys.readouterr().out == "tiny: 1 simulated participant(s) removed, with all their data.\n"
    assert {each.kind for each in study.participants.all()} == {"real", "pilot", "test"}
    assert list(Invitation.objects.all()) == [kept]


def test_a_site_that_answers_with_an_error_is_named(live_server):
    browser = Browser(live_server.url)
    with pytest.raises(SimulationError, match=r"^/nowhere/: HTTP 404$"):
        browser.get("/nowhere/")
    assert urlsplit(browser.get("/researcher/").url).path == "/researcher/login/"
