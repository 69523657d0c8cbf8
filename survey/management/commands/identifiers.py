from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from survey import audit, links, withdrawal
from survey.management.arguments import study_named
from survey.models import AuditEntry


class Command(BaseCommand):
    help = "Write as whom platforms know a study's participants to a CSV file of its own, or erase it."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument("--out", type=Path, help="a new CSV file; keep it apart from the data")
        parser.add_argument("--erase", action="store_true", help="erase them all; the data of the study stay")

    @transaction.atomic
    def handle(self, study, out, erase, **options):
        found = study_named(study)
        if not (out or erase):
            raise CommandError("expected --out FILE, --erase, or both")
        if out:
            count = self._write(found, out)
            audit.record(AuditEntry.Action.IDENTIFIERS_SHOWN, None, found, count=count)
            self.stdout.write(f"{out}: {count} row{'' if count == 1 else 's'}")
        if erase:
            count = withdrawal.erase_identifiers(found)
            audit.record(AuditEntry.Action.IDENTIFIERS_ERASED, None, found, count=count)
            self.stdout.write(f"{study}: {count} identifier(s) erased. Who comes again is a new participant.")

    def _write(self, study, out) -> int:
        try:
            with Path(out).open("x", newline="", encoding="utf-8") as file:
                return links.write(file, links.IDENTIFIER_COLUMNS, links.identifier_rows(study))
        except OSError as error:
            raise CommandError(f"--out {out}: cannot be written anew ({error.strerror}); name a new file") from error
