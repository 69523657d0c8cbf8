from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from survey import audit
from survey.export.bundle import ExportError, write_folder, write_zip_file
from survey.export.choice import GROUPS, TABLES, Choice, ChoiceError, choose, told
from survey.export.codebook import participants_columns
from survey.management.arguments import study_named
from survey.models import AuditEntry, Kind, Study
from survey.monitor.blinding import is_blind

INCLUDED = {
    Kind.PILOT: "who came while the study was piloted too",
    Kind.TEST: "the researcher's previews too",
    Kind.SIMULATED: "what simulate_participants made too",
}


class Command(BaseCommand):
    help = "Write a study's data, with its codebook and its own files, while the study goes on."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument(
            "--out",
            type=Path,
            required=True,
            help="folder to write: new, empty, or a former export to replace; or a file that ends in .zip",
        )
        parser.add_argument(
            "--unblind",
            metavar="REASON",
            help="see outcomes by arm though the study runs; the reason goes into the audit log",
        )
        parser.add_argument("--participants", help="all (default), or finished: who came to the end of the main part")
        parser.add_argument("--without-excluded", action="store_true", help="without whom the researchers exclude")
        parser.add_argument("--arm", action="append", help="only this arm; more than once for several")
        parser.add_argument(
            "--columns",
            action="append",
            help=f"of participants.csv, with commas: names, or the groups {', '.join(GROUPS)}; the first four always",
        )
        parser.add_argument(
            "--tables",
            action="append",
            help=f"beside participants.csv and the codebook, with commas: {', '.join(TABLES)}, or none",
        )
        parser.add_argument("--language", help="of labels and questions: one of the study's")
        for kind, meaning in INCLUDED.items():
            parser.add_argument(f"--include-{kind}", action="store_true", help=meaning)
        parser.add_argument("--psych-ds", action="store_true", help="lay the files out as a Psych-DS dataset")

    def handle(self, study, out, unblind=None, **options):
        found, out = study_named(study), Path(out)
        choice = _choice(found, options)
        reason = _reason(found, unblind)
        try:
            counts = _write(found, out.absolute(), choice)
        except ExportError as error:
            raise CommandError(str(error)) from error
        while_blind = {"while_blind": reason} if reason else {}
        audit.record(AuditEntry.Action.EXPORTED, study=found, **told(choice), **while_blind)
        for name, count in counts.items():
            self.stdout.write(f"{out / name}: {count} row{'' if count == 1 else 's'}")


def _choice(study: Study, options: dict) -> Choice:
    asked = {
        "participants": options.get("participants"),
        "excluded": "without" if options.get("without_excluded") else None,
        "arm": options.get("arm"),
        "columns": options.get("columns"),
        "tables": options.get("tables"),
        "language": options.get("language"),
        "include": [str(kind) for kind in INCLUDED if options.get(f"include_{kind}")],
        "layout": "psych-ds" if options.get("psych_ds") else None,
    }
    try:
        wanted = {name: [value] if isinstance(value, str) else value for name, value in asked.items() if value}
        return choose(study, wanted, lambda choice: participants_columns(study, choice))
    except ChoiceError as error:
        lines = "\n".join(f"  --{problem}" for problem in error.problems)
        raise CommandError(f"This cannot be exported; nothing was written.\n{lines}") from error


def _reason(study: Study, unblind: str | None) -> str:
    """Return why outcomes are seen though the study is blind; empty where it is not, or nobody has an arm yet."""
    drawn = study.participants.filter(kind=Kind.REAL, allocation__isnull=False).exists()
    if not is_blind(study) or not drawn:
        return ""
    reason = (unblind or "").strip()
    if not reason:
        raise CommandError(
            f"{study.name} is {study.state} and blind: its data tell outcomes by arm while people still take part. "
            "Nothing was written. Close it first (study_state), unblind it on its page, or say why they are to be "
            'seen now: --unblind "REASON"; the reason goes into the audit log.'
        )
    return reason


def _write(study: Study, out: Path, choice: Choice) -> dict[str, int]:
    if out.suffix != ".zip":
        return write_folder(study, out, choice)
    return write_zip_file(study, out, choice)
