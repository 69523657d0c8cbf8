"""Computes runs before anyone asks for them: a class that starts together finds them in the cache."""

import os
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from visual import runs
from visual.presets import PRESETS
from visual.runspec import DEFAULT, LAST_EPOCH, InvalidSpecError, RunSpec, parse

DEFAULT_UNTIL = 100
BAR = 30  # characters


class Command(BaseCommand):
    """warm_runs [--until EPOCH] [--with-parent] [SPEC ...]."""

    help = "Compute runs into the cache: the named presets and the default run, or the runs that are given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take addresses of runs and the epoch to stop at."""
        parser.add_argument("runs", nargs="*", help="the addresses of runs; without any, all presets")
        parser.add_argument(
            "--until",
            type=int,
            help=f"the last epoch wanted (default {DEFAULT_UNTIL}; of a preset, the epoch that it is about)",
        )
        parser.add_argument(
            "--with-parent", action="store_true", help="end as soon as the process ends that started this one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute chunk after chunk of each run."""
        wanted = self._wanted(options["runs"], options["until"])
        chunks = [(run, first, last) for run, until in wanted.items() for first, last in runs.CHUNKS if first <= until]
        epochs, done = sum(last - first + 1 for _, first, last in chunks), 0
        parent = os.getppid()
        for run, first, last in chunks:
            if options["with_parent"] and os.getppid() != parent:
                return
            self._compute(run, first, last)
            done += last - first + 1
            self._show(done, epochs)
        self.stdout.write(f"{len(wanted)} runs are ready" if len(wanted) > 1 else "1 run is ready")

    @staticmethod
    def _wanted(texts: list[str], until: int | None) -> dict[RunSpec, int]:
        """Return the runs, each with its last epoch."""
        if until is not None and not 0 <= until <= LAST_EPOCH:
            raise CommandError(f"--until is {until}; a run has epochs 0 to {LAST_EPOCH}")
        if texts:
            try:
                return {parse(text): DEFAULT_UNTIL if until is None else until for text in texts}
            except InvalidSpecError as error:
                raise CommandError(str(error)) from error
        wanted = {DEFAULT: DEFAULT_UNTIL if until is None else until}
        for preset in PRESETS.values():
            wanted[preset.run] = max(wanted.get(preset.run, 0), preset.epoch if until is None else until)
        return wanted

    def _show(self, done: int, epochs: int) -> None:
        """Draw the bar: over itself on a terminal, else line by line."""
        full = BAR * done // epochs
        ending = "\r" if self.stdout.isatty() and done < epochs else "\n"
        self.stdout.write(f"[{'#' * full}{'.' * (BAR - full)}] {done} of {epochs} epochs", ending=ending)
        self.stdout.flush()

    @staticmethod
    def _compute(spec: RunSpec, first: int, last: int) -> None:
        while True:
            try:
                runs.chunk(spec, first, last)
            except runs.BusyError as busy:  # learners come first
                time.sleep(busy.retry_after)
            else:
                return
