import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from survey import flow
from survey.management.arguments import study_named
from survey.models import Allocation, Invitation, Kind, Participant, Study
from survey.protocol import protocol_of
from survey.simulation.browsing import Browser, SimulationError
from survey.simulation.people import Person
from survey.simulation.walking import Walk, walk


class Command(BaseCommand):
    help = "Let simulated people take part in a study over HTTP: a rehearsal with data, and a load test."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument("--n", type=int, default=50, help="how many people (default 50)")
        parser.add_argument("--dropout", type=float, default=0.0, help="share of them who leave on the way")
        parser.add_argument(
            "--effect",
            type=float,
            default=0.0,
            help="how far the first arm is ahead of the last one in the knowledge test, in standard deviations",
        )
        parser.add_argument(
            "--minutes",
            type=float,
            help="how long they use the learning material at most, on a clock of their own that runs ahead; 0: not at "
            "all (default: as long as the study lets them)",
        )
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people")
        parser.add_argument(
            "--url",
            default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}",
            help="where the site runs, with the database of this command",
        )
        parser.add_argument("--threads", type=int, default=8, help="how many take part at the same time")
        parser.add_argument("--remove", action="store_true", help="remove every simulated participant of the study")

    def handle(self, study, **options):
        found = study_named(study)
        if options["remove"]:
            self.stdout.write(f"{study}: {remove(found)} simulated participant(s) removed, with all their data.")
            return
        _check(options)
        begun = time.monotonic()
        walks = list(self._walks(found, **options))
        self._report(found, walks, time.monotonic() - begun)
        if failed := [walk for walk in walks if walk.ended == "failed"]:
            raise CommandError(f"{len(failed)} of {len(walks)} failed; the first: {failed[0].error}")

    def _walks(self, study, n, dropout, effect, seed, url, threads, minutes, **options) -> Iterator[Walk]:
        """Yield how each person fared, as they come to an end; shows how many have."""
        protocol = protocol_of(study.current_version)
        pages = len(flow.way(protocol)) - 2  # without consent and debriefing
        minutes = protocol.learning.maximum_minutes if minutes is None else minutes
        invitations = Invitation.objects.bulk_create(Invitation(study=study, kind=Kind.SIMULATED) for _ in range(n))
        try:
            with ThreadPoolExecutor(threads) as pool:
                people = [Person(protocol, seed, number, pages, dropout, effect) for number in range(n)]
                started = [
                    pool.submit(_one, url, study.name, invitation.key, person, minutes)
                    for invitation, person in zip(invitations, people, strict=True)
                ]
                for done, future in enumerate(as_completed(started), start=1):
                    yield future.result()
                    if self.stdout.isatty():
                        self.stdout.write(f"\r{progress(done, n)}", ending="" if done < n else "\n")
                        self.stdout.flush()
        finally:
            # They have served: nobody can come in as simulated any more.
            Invitation.objects.filter(pk__in=[invitation.pk for invitation in invitations]).delete()

    def _report(self, study, walks, seconds) -> None:
        ended = Counter(walk.ended for walk in walks)
        requests = sorted(second for walk in walks for second in walk.seconds)
        self.stdout.write(
            f"{study.name}: {len(walks)} simulated in {seconds:.1f} s: {ended['finished']} finished, "
            f"{ended['screened_out']} screened out, {ended['left']} left, {ended['no_place']} without a place, "
            f"{ended['failed']} failed."
        )
        simulated = Allocation.objects.filter(study=study, kind=Kind.SIMULATED)
        for arm in (arm.id for arm in protocol_of(study.current_version).study.arms):
            drawn = simulated.filter(arm=arm)
            finished = drawn.filter(participant__finished_at__isnull=False).count()
            self.stdout.write(f"  {arm}: {drawn.count()} allocated, {finished} finished, former simulations included")
        fetched, events = (sum(getattr(walk, name) for walk in walks) for name in ("fetched", "events"))
        half, most = (1000 * requests[int(share * len(requests))] for share in (0.5, 0.95)) if requests else (0, 0)
        self.stdout.write(
            f"  {len(requests)} page loads, {len(requests) / seconds:.0f} a second; "
            f"half took under {half:.0f} ms, 95 % under {most:.0f} ms; {fetched} other requests, {events} events\n"
            "  export_study --include-simulated exports them; simulate_participants --remove removes them."
        )


def progress(done: int, of: int, width: int = 30) -> str:
    """Return a bar that fills up, and how many have come to an end."""
    return f"[{'#' * (width * done // of):.<{width}}] {done} of {of} have come to an end"


def _check(options) -> None:
    """Refuse what cannot be simulated, before anything is made."""
    for name, low, high in [
        ("n", 1, 100_000),
        ("threads", 1, 100),
        ("dropout", 0, 1),
        ("effect", -5, 5),
        ("minutes", 0, 600),
    ]:
        if options[name] is not None and not low <= options[name] <= high:
            raise CommandError(f"--{name}: expected {low} to {high}, got {options[name]}")
    if urlsplit(options["url"]).scheme not in ("http", "https"):
        raise CommandError(f"--url: expected an address such as http://127.0.0.1:8000, got {options['url']!r}")
    try:
        Browser(options["url"]).get("/")
    except SimulationError as error:
        raise CommandError(
            f"No site answers there ({error}). Start it with `make run`, or name it with --url."
        ) from error


def _one(url, study, key, person, minutes) -> Walk:
    try:
        return walk(url, study, key, person, partial(_arm_of, key), minutes)
    finally:
        connection.close()  # this thread's own


def _arm_of(key) -> str | None:
    return Allocation.objects.filter(participant__join_key=key).values_list("arm", flat=True).first()


def remove(study: Study) -> int:
    """Delete the study's simulated participants with all their data; return how many there were."""
    Invitation.objects.filter(study=study, kind=Kind.SIMULATED).delete()
    everybody = Participant.objects.filter(study=study, kind=Kind.SIMULATED)
    count = everybody.count()
    everybody.delete()
    return count
