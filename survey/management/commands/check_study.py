from pathlib import Path

from django.core.management.base import BaseCommand

from survey.check import warnings
from survey.management.arguments import checked_folder


class Command(BaseCommand):
    help = "Check a study folder without loading it: every error, and what a careful colleague would point out."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)

    def handle(self, folder, **options):
        files, protocol = checked_folder(folder, ". Warnings follow once there are none.")
        found = warnings(files, protocol)
        for warning in found:
            self.stdout.write(f"  {warning}")
        self.stdout.write(f"{folder}: no errors, {len(found)} warning(s). It can be loaded with load_study.")
