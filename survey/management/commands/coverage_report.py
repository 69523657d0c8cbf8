from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from survey import coverage
from survey.models import Study
from survey.protocol import StudyError, parse, protocol_of, read_folder
from survey.study_file import Protocol

SHIPPED = Path("survey/studies/replication")


class Command(BaseCommand):
    help = "Say which concept is taught in which condition and tested by which items; fail if one is missing."

    def add_arguments(self, parser):
        parser.add_argument(
            "study", nargs="?", default="", help="a study folder, or the name of a loaded study; default: what ships"
        )
        parser.add_argument("--out", type=Path, help="Markdown file to write")

    def handle(self, study, out, **options):
        protocol = _protocol(study)
        reports = [coverage.report(protocol, language) for language in protocol.study.languages]
        text = "\n".join(coverage.as_markdown(each, protocol.study.name) for each in reports)
        if out:
            out.write_text(text, encoding="utf-8")
            self.stdout.write(f"{out}: written")
        else:
            self.stdout.write(text)
        if problems := [problem for each in reports for problem in each.problems]:
            raise CommandError("\n".join([f"{len(problems)} problem(s):", *(f"  {problem}" for problem in problems)]))


def _protocol(study: str) -> Protocol:
    folder = Path(study) if study else settings.BASE_DIR / SHIPPED
    if folder.is_dir():
        try:
            return parse(read_folder(folder))
        except StudyError as error:
            raise CommandError(f"{folder}: has errors; see check_study") from error
    loaded = Study.objects.filter(name=study).first()
    if loaded is None:
        raise CommandError(f"{study}: neither a study folder nor the name of a loaded study")
    return protocol_of(loaded.current_version)
