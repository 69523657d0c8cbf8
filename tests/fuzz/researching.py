"""Bad inputs of those who run a study: in their forms, in what they look at, in their passwords."""

from hypothesis import strategies as st

from survey.models import AuditEntry
from tests import factories
from tests.fuzz.inputs import anything, forms
from tests.fuzz.world import Target, World, answered, encoded, posted, quoted, written

RESEARCHER = {
    "roles/": {"user": "1", "name": "rater"},
    "roles/account/": {"account": "new", "role": "assistant"},
    "roles/{role}/take/": {},
    "state/": {"to": "closed", "reason": "why", "sure": "on"},
    "links/make/": {"count": "2"},
    "links/test/": {},
    "links/{batch}/revoke/": {},
    "links/{batch}.csv": {},
    "links/follow-ups.csv": {},
    "links/identifiers.csv": {},
    "paid:links/follow-ups.csv": {},
    "paid:links/identifiers.csv": {},
    "paid:links/make/": {"count": "2"},
    "rate/{key}/": {"points": "1", "reason": "why"},
    "ratings/{answer}/settle/": {"points": "1", "reason": "why"},
    "participants/{code}/link/": {},
    "participants/{code}/answers/": {},
    "export/links/{link}/revoke/": {},
    "unblind/": {"reason": "why", "confirm": "on"},
    "participants/{code}/note/": {"text": "note"},
    "participants/{code}/exclude/": {"reason": "why"},
    "export/links/": {"name": "mine", "reads": "participants.csv", "days": "30"},
}
LOOKS = (
    "", "participants/", "ratings/", "audit/", "export/", "export/participants.csv", "live/", "participants/{code}/",
    "links/", "planning/", "preregistration.md", "results/", "results/report.html", "rate/",
    "rate/{key}/", "roles/", "state/", "consort.svg", "paid:links/", "paid:results/", "paid:participants/",
)  # fmt: skip
FOUND = ("analysed", "outcomes", "differences", "ancovas", "items", "joy", "post_total", "sus", "pre_total", "nothing")


def _found() -> st.SearchStrategy[str]:
    """Return addresses of tables and figures of the results, of blind and of open studies, that exist or do not."""
    name = st.one_of(st.sampled_from(FOUND), anything.map(quoted))
    place = st.tuples(name, st.sampled_from(["csv", "svg", "html", "exe"])).map(".".join)
    return st.tuples(st.sampled_from(["", "paid:", "winding:", "shut:"]), place).map("results/".join)


LOGGED = ("export", "results")  # whoever looks at these is noted in the audit log


def _researcher(world: World, value: tuple[str, dict, bool]) -> bool:
    where, fields, sends = value
    study, _, place = where.rpartition(":")
    address = f"/researcher/{study or 'tiny'}/{place.format(code=world.finished.code, **world.rows)}"
    colleague = world.rater if place.startswith("rate/") else world.owner
    with written() as tables:
        response = posted(colleague, address, fields) if sends else colleague.get(address, QUERY_STRING=encoded(fields))
        response.close()
        status = answered(response, 200, 302, 400, 403, 404, 405)
        if status in (400, 403, 404, 405) or (not sends and not place.startswith(LOGGED)):
            assert not tables - {"django_session"}, tables
        return status != 302


def _log_in(world: World, form: dict) -> bool:
    with written() as tables:
        response = posted(world.nobody, "/researcher/login/", form)
        world.nobody.cookies.clear()
    answered(response, 200)
    assert not tables
    return True


OLD, NEW = "old-enough-7291", "new-enough-4138"


def _password(world: World, form: dict) -> bool:
    """Change one's password, with what is missing, wrong, not twice the same or no password."""
    account = factories.user("changing")
    with written() as tables:
        account.set_password(OLD)
        account.save()
        client = factories.logged_in(account)
        tables.clear()
        response = posted(client, "/researcher/password/", form)
        status = answered(response, 200, 302)
        account.refresh_from_db()
        if status == 302:
            given = {name: value[-1] if isinstance(value, list) else value for name, value in form.items()}
            assert given["old_password"] == OLD and account.check_password(given["new_password1"])
            assert given["new_password1"] == given["new_password2"] and given["new_password1"].strip()
            assert AuditEntry.objects.filter(user=account, action=AuditEntry.Action.PASSWORD_CHANGED).exists()
            return False
        assert not tables - {"django_session"}, tables
        assert account.check_password(OLD)
        assert response.context["form"].errors
        return True


TARGETS = {
    "researchers": Target(
        5,
        lambda world: st.one_of(
            st.sampled_from(sorted(RESEARCHER)).flatmap(
                lambda place: st.tuples(st.just(place), forms(RESEARCHER[place]), st.just(True))
            ),
            st.tuples(
                st.one_of(st.sampled_from(LOOKS), st.sampled_from(sorted(RESEARCHER)), _found()),
                st.dictionaries(
                    st.sampled_from(["page", "status", "arm", "tables", "language", "format", "rehearsal"]), anything
                ),
                st.just(False),
            ),
        ),
        _researcher,
    ),
    "log_ins": Target(1, lambda world: forms({"username": "researcher", "password": "x", "next": "/"}), _log_in),
    "passwords": Target(
        1,
        lambda world: forms({"old_password": OLD, "new_password1": NEW, "new_password2": NEW}),
        _password,
    ),
}
