from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from survey.export.bundle import ExportError, write_folder
from survey.models import Study


class Command(BaseCommand):
    help = "Write a study's data as CSV files with their codebook, while the study goes on."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument(
            "--out", type=Path, required=True, help="folder to write: new, empty, or a former export to replace"
        )

    def handle(self, study, out, **options):
        found = Study.objects.filter(name=study).first()
        if found is None:
            names = ", ".join(Study.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(
                f"There is no study {study!r}. "
                + (f"Studies here: {names}." if names else "No study is loaded yet; see load_study.")
            )
        try:
            counts = write_folder(found, Path(out).absolute())
        except ExportError as error:
            raise CommandError(str(error)) from error
        for name, count in counts.items():
            self.stdout.write(f"{Path(out) / name}: {count} row{'' if count == 1 else 's'}")
