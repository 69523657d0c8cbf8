"""Computes runs before anyone asks for them: a class that starts together finds them in the cache."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from visual import runs
from visual.runspec import DEFAULT, InvalidSpecError, RunSpec, parse


class Command(BaseCommand):
    """compute_runs [--until EPOCH] [SPEC ...]."""

    help = "Compute runs into the cache; without a run, the default one."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take addresses of runs and the epoch to stop at."""
        parser.add_argument("runs", nargs="*", default=[str(DEFAULT)], help="the addresses of runs")
        parser.add_argument("--until", type=int, default=100, help="the last epoch wanted (default 100)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute chunk after chunk of each run."""
        try:
            specs = [parse(text) for text in options["runs"]]
        except InvalidSpecError as error:
            raise CommandError(str(error)) from error
        for spec in specs:
            for first, last in runs.CHUNKS:
                if first <= options["until"]:
                    self._compute(spec, first, last)
            self.stdout.write(f"{spec} is ready until epoch {options['until']}")

    @staticmethod
    def _compute(spec: RunSpec, first: int, last: int) -> None:
        while True:
            try:
                runs.chunk(spec, first, last)
            except runs.BusyError as busy:  # learners come first
                time.sleep(busy.retry_after)
            else:
                return
