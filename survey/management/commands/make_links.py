import os
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from survey import links
from survey.management.arguments import study_named
from survey.models import Kind


class Command(BaseCommand):
    help = "Make single-use links into a study and write them to a CSV file, one for each person to invite."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument("--n", type=int, default=1, help="how many (default 1)")
        parser.add_argument("--out", type=Path, required=True, help="a new CSV file")
        parser.add_argument(
            "--kind", choices=[Kind.REAL, Kind.TEST], default=Kind.REAL, help="test: who comes by it never counts"
        )
        parser.add_argument(
            "--site",
            default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}",
            help="the site's address, as participants will see it",
        )

    @transaction.atomic
    def handle(self, study, n, out, kind, site, **options):
        found = study_named(study)
        if not 1 <= n <= links.MOST:
            raise CommandError(f"--n: expected 1 to {links.MOST}, got {n}")
        try:
            with Path(out).open("x", newline="", encoding="utf-8") as file:
                made = links.make(found, n, kind, timezone.now())
                links.write(file, links.LINK_COLUMNS, links.link_rows(made, site))
        except OSError as error:
            # Never over another file: links that were sent to people already would be lost.
            raise CommandError(f"--out {out}: cannot be written anew ({error.strerror}); name a new file") from error
        self.stdout.write(f"{out}: {n} link{'' if n == 1 else 's'} of kind {kind}. Each makes one participant.")
