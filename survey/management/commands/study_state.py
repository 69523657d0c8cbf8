from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from survey import lifecycle
from survey.management.arguments import study_named
from survey.models import State


class Command(BaseCommand):
    help = "Show a study's state and how it came to it, or bring it into another one; archiving cannot be undone."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument("state", nargs="?", choices=State.values, help="the new state; without it, only look")
        parser.add_argument("--reason", default="", help="why; kept in the log")

    def handle(self, study, state, reason, **options):
        found = study_named(study)
        if state:
            try:
                lifecycle.change(found, state, reason, timezone.now())
            except lifecycle.LifecycleError as error:
                raise CommandError(f"{error}{'; use --reason' if not reason else ''}") from error
        self.stdout.write(f"{study} is {found.state}. Next: {' or '.join(lifecycle.NEXT[found.state]) or 'nothing'}.")
        for entry in lifecycle.changes(found):
            told = entry.details
            self.stdout.write(
                f"  {entry.at:%Y-%m-%d %H:%M:%S} UTC  {told['before']} → {told['after']}  {entry.who}: {told['reason']}"
            )
        kinds = dict(found.participants.order_by().values_list("kind").annotate(Count("pk")))
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
        self.stdout.write(f"  participants: {counts}; declined: {found.declined}")
