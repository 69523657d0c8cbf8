import re

import pytest
from django.urls import reverse

from survey.export.choice import ALL
from survey.export.rows import SOURCES
from survey.models import AuditEntry, ItemResponse, Kind, Rating, Role, Settlement
from survey.rating.answers import answers, standings
from tests import factories

pytestmark = pytest.mark.django_db
RATE = reverse("survey:rate", kwargs={"study": "tiny"})
RATINGS = reverse("survey:ratings", kwargs={"study": "tiny"})
TEXTS = [f"Because of reason {letter}." for letter in "ABCDEF"]


@pytest.fixture
def study():
    """A study with six answers of real participants, one of a simulated one and an empty one."""
    study = factories.study()
    for text in TEXTS:
        factories.finished(study, {"post_open": text})
    factories.finished(study, {"post_open": "A simulated answer."}, kind=Kind.SIMULATED)
    factories.finished(study, {"post_open": None})
    return study


def _rater(name, study):
    account = factories.user(name)
    Role.objects.create(user=account, study=study, name=Role.Name.RATER)
    return factories.logged_in(account)


def _next(client, address=RATE):
    """Return the address of the answer that the rater is led to next."""
    found = re.search(r'class="button" href="(/researcher/tiny/rate/\w+/)"', client.get(address).content.decode())
    return found and found[1]


def _text(page):
    return re.search(r'class="rate-text" lang="en">(.*?)</p>', page)[1]


def _rate_all(client, points=lambda text: 1, address=RATE):
    """Rate one answer after the other as the pages lead; return the texts in the order in which they were shown."""
    seen, address = [], _next(client, address)
    while address and "/rate/" in address and not re.search(r"/rate/(\?.*)?$", address):
        seen.append(_text(client.get(address).content.decode()))
        given = points(seen[-1])
        data = {"points": "unratable", "reason": "Not about it."} if given is None else {"points": given}
        address = client.post(address, data)["Location"]
    return seen


# What a rater sees


def test_a_rater_sees_every_answer_once_and_then_is_through(study):
    ben = _rater("ben", study)
    assert sorted(_rate_all(ben)) == TEXTS
    page = ben.get(RATE).content.decode()
    assert "6 of 6 answers rated" in page and "You have rated every answer" in page
    assert Rating.objects.count() == 6


def test_every_rater_has_a_random_order_of_their_own_which_stays(study):
    seen = {name: _rate_all(_rater(name, study)) for name in ("ben", "cleo", "dora")}
    assert len({tuple(order) for order in [*seen.values(), TEXTS]}) >= 3
    Rating.objects.all().delete()
    assert _rate_all(factories.logged_in(factories.user("ben"))) == seen["ben"]


def test_the_page_shows_question_rubric_and_answer_and_nothing_of_who_wrote_it(study):
    ben = _rater("ben", study)
    address = _next(ben)
    before = ben.get(address).content.decode()
    for shown in ("Why does the network forget?", "0 points: no reason.", "1 point: a reason."):
        assert shown in before
    for participant in study.participants.all():
        for secret in (participant.code, participant.token, participant.allocation.arm + "<", "/participants/"):
            assert secret not in before
    # What others give leaves no trace on the page.
    _rate_all(_rater("cleo", study))

    def without_token(page):
        return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)

    assert without_token(ben.get(address).content.decode()) == without_token(before)


def test_another_raters_name_of_an_answer_opens_nothing(study):
    address = _next(_rater("ben", study))
    assert _rater("cleo", study).get(address).status_code == 404


# Giving points


def test_going_back_changes_ones_own_points_by_a_revision(study):
    ben = _rater("ben", study)
    address = _next(ben)
    for points in ("0", "0", "1"):  # sent twice, then changed
        ben.post(address, {"points": points})
    assert list(Rating.objects.order_by("pk").values_list("revision", "points")) == [(1, 0), (2, 1)]
    page = ben.get(address).content.decode()
    assert re.search(r'value="1" data-shortcut="1" checked', page)
    assert [standing.given for standing in standings(answers(study, [Kind.REAL])).values()] == [
        {factories.user("ben").pk: 1}
    ]


def test_an_answer_that_cannot_be_rated_needs_a_reason(study):
    ben = _rater("ben", study)
    address = _next(ben)
    refused = ben.post(address, {"points": "unratable"})
    assert refused.status_code == 200 and "say why" in refused.content.decode()
    assert not Rating.objects.exists()
    ben.post(address, {"points": "unratable", "reason": "Another language."})
    assert list(Rating.objects.values_list("points", "reason")) == [(None, "Another language.")]


@pytest.mark.parametrize("sent", [{}, {"points": "2"}, {"points": "-1"}, {"points": "x"}])
def test_points_that_the_rubric_does_not_have_are_refused(study, sent):
    ben = _rater("ben", study)
    response = ben.post(_next(ben), sent)
    assert response.status_code == 200 and 'role="alert"' in response.content.decode()
    assert not Rating.objects.exists()


def test_skipping_leaves_the_answer_for_later(study):
    ben = _rater("ben", study)
    address = _next(ben)
    page = ben.get(address).content.decode()
    skipped = re.search(r'href="(\S+)" data-shortcut="s"', page)[1]
    assert skipped != address
    ben.post(skipped, {"points": "1"})
    assert _next(ben) == address


def test_an_answer_that_is_sent_anew_is_rated_anew(study):
    ben = _rater("ben", study)
    _rate_all(ben)
    old = ItemResponse.objects.filter(item="post_open", value=TEXTS[0]).get()
    fields = {field.name: getattr(old, field.name) for field in old._meta.fields if field.name != "id"}
    ItemResponse.objects.create(**fields | {"revision": 2, "value": "Another reason."})
    assert _rate_all(ben) == ["Another reason."]


def test_a_rehearsal_is_apart_from_the_real_answers(study):
    ben = _rater("ben", study)
    assert _rate_all(ben, address=RATE + "?rehearsal=1") == ["A simulated answer."]
    assert "0 of 6 answers rated" in ben.get(RATE).content.decode()


def test_without_an_open_question_or_an_answer_the_page_says_so():
    study = factories.study()
    ben = _rater("ben", study)
    assert "Nobody has answered yet" in ben.get(RATE).content.decode()
    texts = factories.files()
    posttest = texts["en/instruments/posttest.toml"]
    opened = posttest.index('[[items]]\nid = "post_open"')
    posttest = (
        posttest[:opened]
        + posttest[posttest.index('[[scales]]\nid = "post_recall"') : posttest.index('[[scales]]\nid = "post_rated"')]
    )
    factories.version(study, texts | {"en/instruments/posttest.toml": posttest})
    assert "no open question with a rubric" in ben.get(RATE).content.decode()


# Agreement and differences


@pytest.fixture
def rated(study):
    """Ben gives a point to all but F, Cleo to A to D: they differ on E."""
    ben, cleo = _rater("ben", study), _rater("cleo", study)
    _rate_all(ben, lambda text: int("F." not in text))
    _rate_all(cleo, lambda text: int(text[-2] in "ABCD"))
    return study


def _settle(client, response, **data):
    address = reverse("survey:settle", kwargs={"study": "tiny", "response": response.pk})
    return client.post(address, {"points": "1", **data})


def test_the_owner_sees_agreement_and_differences_without_arm_or_participant(rated):
    page = factories.colleague("owner", rated).get(RATINGS).content.decode()
    # 0/1 points: ben 1 1 1 1 1 0, cleo 1 1 1 1 0 0. Kappa by hand: 1 - (1/6) / ((5*2 + 1*4)/36) = 4/7.
    assert "0.57" in page and "83 %" in page
    assert re.findall(r'class="rate-text" lang="en">(.*?)</p>', page) == [TEXTS[4]]
    assert re.findall(r"<li>(\w+) <strong>(\d)</strong>", page) == [("ben", "1"), ("cleo", "0")]
    for participant in rated.participants.all():
        assert participant.code not in page and f">{participant.allocation.arm}<" not in page


def test_the_page_and_the_export_give_the_same_agreement_with_its_intervals(rated):
    page = re.sub(r"<[^>]+>|\s+", " ", factories.colleague("owner", rated).get(RATINGS).content.decode())
    rows = {row["measure",]: row for row in SOURCES["agreement.csv"](rated, ALL)}
    assert [*rows] == ["same_points", "weighted_kappa", "icc_2_1", "icc_2_k"]
    kappa = rows["weighted_kappa"]
    assert (kappa["rater",], kappa["other_rater",], kappa["raters",], kappa["answers",]) == (1, 2, 2, 6)
    for row in rows.values():
        assert (row["stage",], row["item",]) == ("posttest", "post_open")
        if row["measure",] != "same_points":
            low, value, high = (row[name,] for name in ("ci_low", "value", "ci_high"))
            assert low < value < high <= 1
            assert re.search(rf"{value:.2f} +95 % interval +\[{low:.2f}, {high:.2f}\]", page), row
    assert rows["same_points"]["value",] == round(5 / 6, 6)


def test_a_difference_is_settled_once_and_may_be_settled_anew(rated):
    owner = factories.colleague("owner", rated)
    response = ItemResponse.objects.get(value=TEXTS[4])
    assert standings(answers(rated, [Kind.REAL]))[response.pk].points is None
    _settle(owner, response, reason="Talked about it.")
    assert standings(answers(rated, [Kind.REAL]))[response.pk].points == 1
    assert "There is nothing to settle" in owner.get(RATINGS).content.decode()
    settled = owner.get(RATINGS, {"settled": 1}).content.decode()
    assert "Talked about it." in settled and "owner" in settled
    _settle(owner, response, points="unratable")
    assert list(Settlement.objects.order_by("pk").values_list("revision", "points")) == [(1, 1), (2, None)]
    assert [entry.details["points"] for entry in AuditEntry.objects.filter(action="settled").order_by("pk")] == [
        "1",
        "unratable",
    ]


def test_what_is_settled_no_rater_changes(rated):
    response = ItemResponse.objects.get(value=TEXTS[4])
    _settle(factories.colleague("owner", rated), response)
    ben = factories.logged_in(factories.user("ben"))
    addresses = re.findall(r'href="(/researcher/tiny/rate/\w+/)" aria', ben.get(RATE).content.decode())
    [address] = [each for each in addresses if TEXTS[4] in ben.get(each).content.decode()]
    assert "This answer is settled" in ben.get(address).content.decode()
    before = Rating.objects.count()
    assert "settled meanwhile" in ben.post(address, {"points": "0"}, follow=True).content.decode()
    assert Rating.objects.count() == before


@pytest.mark.parametrize(
    ("text", "sent"), [(TEXTS[0], {}), (TEXTS[4], {"points": "7"}), (TEXTS[4], {"points": ""})], ids=str
)
def test_only_a_difference_is_settled_and_only_with_points_of_the_rubric(rated, text, sent):
    response = ItemResponse.objects.get(value=text)
    assert _settle(factories.colleague("owner", rated), response, **sent).status_code == 400
    assert not Settlement.objects.exists()
