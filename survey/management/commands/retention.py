from collections import Counter

from django.core.management.base import BaseCommand
from django.utils import timezone

from survey import retention
from survey.management.arguments import study_named
from survey.models import Study


class Command(BaseCommand):
    help = "Erase what is kept longer than the studies' [retention] allows; this cannot be undone."

    def add_arguments(self, parser):
        parser.add_argument("study", nargs="?", help="name of one study, as in its study.toml; without it, all")
        parser.add_argument("--dry-run", action="store_true", help="say what is due and change nothing")

    def handle(self, study, dry_run, **options):
        at = timezone.now()
        for found in [study_named(study)] if study else Study.objects.order_by("name"):
            counts: Counter[str] = Counter()
            for each in list(retention.due(found, at)):
                if not dry_run:
                    retention.carry_out(each, at)
                counts[each.what] += 1
            self.stdout.write(
                f"{found}: {'due' if dry_run else 'due and erased'}: all data of {counts[retention.DATA]} "
                f"participant(s), identifiers and links of {counts[retention.IDENTIFIERS]}"
            )
