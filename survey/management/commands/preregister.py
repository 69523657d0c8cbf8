from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from survey.management.arguments import checked_folder, study_named
from survey.protocol import protocol_of


class Command(BaseCommand):
    help = "Write a study's preregistration as Markdown: design, measures, hypotheses, analysis, sample size."

    def add_arguments(self, parser):
        parser.add_argument("study", help="a loaded study, whose seed it commits to; or a study folder")
        parser.add_argument("--out", type=Path, help="file to write; without it, it is printed")

    def handle(self, study, out=None, **options):
        from survey.report.preregistration import preregistration

        folder = Path(study)
        if folder.is_dir():
            text = preregistration(*checked_folder(folder, ""))
        else:
            found = study_named(study)
            text = preregistration(found.current_version.files, protocol_of(found.current_version), found)
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            out.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise CommandError(f"{out}: cannot be written ({error.strerror})") from error
        self.stdout.write(f"{out}: written")
