"""Where bad inputs are sent, and what must hold: an answer that is no failure, and nothing written."""

import re
from urllib.parse import quote

from django.core.management.base import CommandError
from hypothesis import strategies as st

from survey import markdown
from survey.management.arguments import checked_folder
from survey.protocol import read_folder
from tests import factories
from tests.fuzz import researching, taking_part
from tests.fuzz.inputs import anything, wounded
from tests.fuzz.world import SMALL, Target, World, answered, quoted, written
from visual import runs, runspec

SPECS = (
    SMALL,
    str(runspec.DEFAULT),
    SMALL.replace("noise=0", "noise=0.2") + "@12,learning_rate=0.1@40,batch_size=5,noise=0",
    SMALL.replace("data=sine", "data=text:ab%20ba"),
    SMALL.replace("learning_rate", "clip=1;learning_rate").replace("cell=lstm", "cell=gru"),
)
QUESTIONS = (
    "clamp=forget_gate;layer=1;steps=3-5;units=0,2;value=0",
    "cut=cell_state;layer=1;steps=3-3&cut=state;layer=2;steps=4-9",
    "transplant=state;layer=2;step=10;from=4",
    "input=4;value=-0.5&inspect=2",
    "nudge=recurrent_weights;layer=1;part=forget_gate;unit=3;from=2;by=0.01",
)


# Training runs: any spec, any place in it; any question

BAD_RUN = (400, 404)


def _run(world: World, value: tuple[str, str]) -> bool:
    spec, place = value
    with written() as tables:
        response = world.nobody.get(f"/runs/v{runs.answers_version()}/{quoted(spec)}/{place}")
    assert not tables
    answered(response, *BAD_RUN)
    return True


def _is_no_run(value: tuple[str, str]) -> bool:
    try:
        runspec.parse(value[0])
    except runspec.InvalidSpecError:
        return True
    return value[1].startswith(("epochs/9", "epochs/x", "nothing"))


PLACES = ("epochs/0-1", "epochs/2-9", "epochs/1/layers/1", "epochs/1/what-if?input=4;value=0.5")
NO_PLACES = (
    "epochs/9-0",
    "epochs/" + "9" * 5000 + "-1",
    "epochs/999/layers/1",
    "epochs/9/layers/999",
    "epochs/x",
    "nothing",
)


def _question(world: World, query: str) -> bool:
    with written() as tables:
        address = f"/runs/v{runs.answers_version()}/{quoted(SMALL)}/epochs/1/what-if"
        response = world.nobody.get(address, QUERY_STRING=quote(query.encode("utf-8", "surrogatepass"), safe="=&;,%+"))
    assert not tables
    return answered(response, 200, 301, *BAD_RUN) in BAD_RUN


# Study folders


def _study_file(world: World, value: tuple[str, str]) -> bool:
    name, text = value
    path = world.folder / name
    before = path.read_bytes()
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        checked_folder(world.folder, "")
    except CommandError as error:
        assert str(error)
        return True
    finally:
        path.write_bytes(before)
    return False


def _text(world: World, text: str) -> bool:
    html = str(markdown.render(text))
    assert not re.search(r"<(script|style|iframe|object|embed|form|input|link|meta|base|svg)\b", html, re.IGNORECASE)
    assert not re.search(r"<[^>]*\s(on\w+|style)=", html, re.IGNORECASE)
    assert not re.search(r"(href|src)=\"(?:javascript|vbscript|data:text)", html, re.IGNORECASE)
    return True


# Secrets in addresses and cookies, and addresses as such


def _secret(world: World, value: tuple[str, str]) -> bool:
    place, secret = value
    client = world.nobody
    with written() as tables:
        match place:
            case "participant_tiny" | "sessionid" | "csrftoken" | "messages":
                client.cookies[place] = secret.encode("utf-8", "surrogatepass").decode("latin-1")
                response = client.get("/study/tiny/")
                other = client.get("/researcher/")
                answered(other, 404 if "\0" in secret else 302)
            case _:
                response = client.get(place.format(quoted(secret)))
                response.close()
        client.cookies.clear()
    opens_something = place == "/{}" or "?platform" in place or "declined" in place  # the start page; any platform
    answered(response, *([200] if opens_something else []), 301, 302, 400, 403, 404)
    assert not tables
    return response.status_code != 200


PLACES_OF_SECRETS = (
    "/resume/{}/", "/data/tiny/participants.csv?token={}", "/data/tiny/{}", "/join/tiny/?invitation={}", "/join/{}/",
    "/study/{}/", "/study/tiny/{}/1/", "/researcher/{}/", "/visual/{}/", "/{}", "/static/{}", "/runs/{}",
    "/researcher/tiny/participants/{}/", "/join/tiny/erased/?platform={}", "/join/tiny/declined/?PROLIFIC_PID={}",
    "participant_tiny", "sessionid", "csrftoken", "messages",
)  # fmt: skip

TARGETS = {
    "runs": Target(
        18,
        lambda world: st.one_of(
            st.tuples(st.one_of(wounded(*SPECS), anything), st.sampled_from(PLACES)),
            st.tuples(st.sampled_from(SPECS), st.sampled_from(NO_PLACES)),
        ).filter(_is_no_run),
        _run,
    ),
    "what_ifs": Target(12, lambda world: wounded(*QUESTIONS), _question),
    "study_files": Target(
        3,
        lambda world: st.sampled_from(sorted(read_folder(world.folder).items())).flatmap(
            lambda file: st.tuples(st.just(file[0]), wounded(file[1]))
        ),
        _study_file,
    ),
    "texts": Target(
        7,
        lambda world: st.one_of(
            wounded(*(text for name, text in factories.files(factories.REPLICATION).items() if name.endswith(".md"))),
            st.lists(anything, max_size=6).map("".join),
            anything.map(lambda text: f"$\\text{{{text}}}$"),
            anything.map(lambda text: f"${text}$"),
        ),
        _text,
    ),
    **taking_part.TARGETS,
    **researching.TARGETS,
    "secrets": Target(8, lambda world: st.tuples(st.sampled_from(PLACES_OF_SECRETS), anything), _secret),
}
assert sum(target.share for target in TARGETS.values()) == 100
