from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from explornn_site.backup import archive
from explornn_site.backup.tables import BackupError


class Command(BaseCommand):
    help = "Back the whole database up into one file, while the study goes on; --check reads a backup to its end."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="file to write, such as backup.zip")
        parser.add_argument("--overwrite", action="store_true", help="put it in the place of a file of that name")
        parser.add_argument("--check", action="store_true", help="write nothing; tell whether this backup is whole")

    def handle(self, file, overwrite=False, check=False, **options):
        file = Path(file)
        try:
            manifest = archive.check(file) if check else archive.write(file, overwrite)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{file}: {manifest.rows} rows of {len(manifest.tables)} tables, "
            f"as they were at {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC; read back and whole"
        )
