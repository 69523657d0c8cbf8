import re

from django.core.management.base import BaseCommand, CommandError

from survey.models import Participant
from survey.replay import Screen, events_of, screen_at, screens


class Command(BaseCommand):
    help = "Print what was on a participant's screen in the learning phase: each change, or all of it at one moment."

    def add_arguments(self, parser):
        parser.add_argument("code", help="the participant's code, as in the export")
        parser.add_argument("--at", metavar="TIME", help="minutes and seconds after the page was first shown, as 12:30")

    def handle(self, code, at=None, **options):
        participant = Participant.objects.filter(code=code).first()
        if participant is None:
            raise CommandError(f"There is no participant with the code {code!r}.")
        if at is not None:
            self._show(screen_at(events_of(participant), _seconds(at)))
            return
        before, count = Screen().lines(), 0
        for seconds, kind, screen in screens(events_of(participant)):
            self.stdout.write(f"{_time(seconds)}  {kind}")
            now = screen.lines()
            for line in now:
                if line not in before:
                    self.stdout.write(f"           {line}")
            before, count = now, count + 1
        self.stdout.write(f"{code}: {count} events.")

    def _show(self, screen: Screen) -> None:
        if screen == Screen():
            raise CommandError("Nothing was on the screen yet: no event is that early.")
        self.stdout.write("\n".join(screen.lines()))


def _seconds(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}:[0-5]\d", text):
        raise CommandError(f"--at {text}: expected minutes and seconds, such as 12:30")
    minutes, seconds = text.split(":")
    return 60 * int(minutes) + int(seconds)


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60:3}:{seconds % 60:04.1f}"
