from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from survey.check import warnings
from survey.protocol import StudyError, parse, read_folder


class Command(BaseCommand):
    help = "Check a study folder without loading it: every error, and what a careful colleague would point out."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, folder, **options):
        if not folder.is_dir():
            raise CommandError(f"{folder}: no such folder; expected a study folder with a study.toml")
        try:
            files = read_folder(folder)
            protocol = parse(files)
        except StudyError as error:
            lines = "\n".join(f"  {problem}" for problem in error.problems)
            raise CommandError(
                f"{folder}: {len(error.problems)} error(s). Warnings follow once there are none.\n{lines}"
            ) from error
        found = warnings(files, protocol)
        for warning in found:
            self.stdout.write(f"  {warning}")
        self.stdout.write(f"{folder}: no errors, {len(found)} warning(s). It can be loaded with load_study.")
