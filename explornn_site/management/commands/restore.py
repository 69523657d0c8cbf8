from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from explornn_site.backup.restoring import restore
from explornn_site.backup.tables import BackupError


class Command(BaseCommand):
    help = "Restore a backup into an empty database, or in the place of what is there; all of it or nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="what `backup` has written, here or on another database")
        parser.add_argument(
            "--replace",
            type=Path,
            metavar="KEPT_FILE",
            help="replace a database that is not empty, and back it up into this new file first",
        )
        parser.add_argument(
            "--erased",
            type=Path,
            action="append",
            default=[],
            metavar="LIST",
            help="erased.jsonl of another machine or of a lost DATA_DIR; this DATA_DIR's own is always read",
        )

    def handle(self, file, replace=None, erased=(), **options):
        try:
            done = restore(Path(file), replace and Path(replace), [Path(each) for each in erased])
        except (BackupError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{done.rows} rows restored, as they were at {done.taken_at:%Y-%m-%d %H:%M:%S} UTC, and read back; "
            f"{done.erased} participants erased again"
        )
        if replace:
            self.stdout.write(f"What was there before is in {replace}.")
