from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from survey import audit
from survey.export.bundle import ExportError, write_folder
from survey.management.arguments import study_named
from survey.models import AuditEntry, Kind


class Command(BaseCommand):
    help = "Write a study's data as CSV files with their codebook, while the study goes on."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument(
            "--out", type=Path, required=True, help="folder to write: new, empty, or a former export to replace"
        )
        parser.add_argument("--include-pilot", action="store_true", help="who came while the study was piloted too")
        parser.add_argument("--include-test", action="store_true", help="the researcher's previews too")
        parser.add_argument("--include-simulated", action="store_true", help="what simulate_participants made too")
        parser.add_argument("--psych-ds", action="store_true", help="lay the files out as a Psych-DS dataset")

    def handle(
        self,
        study,
        out,
        include_pilot=False,
        include_test=False,
        include_simulated=False,
        psych_ds=False,
        **options,
    ):
        found = study_named(study)
        asked = {Kind.PILOT: include_pilot, Kind.TEST: include_test, Kind.SIMULATED: include_simulated}
        kinds = [Kind.REAL, *(kind for kind, wanted in asked.items() if wanted)]
        try:
            counts = write_folder(found, Path(out).absolute(), kinds, psych_ds)
        except ExportError as error:
            raise CommandError(str(error)) from error
        audit.record(AuditEntry.Action.EXPORTED, study=found, kinds=", ".join(kinds))
        for name, count in counts.items():
            self.stdout.write(f"{Path(out) / name}: {count} row{'' if count == 1 else 's'}")
