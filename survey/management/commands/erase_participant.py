from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from survey import audit, withdrawal
from survey.management.arguments import study_named
from survey.models import AuditEntry


class Command(BaseCommand):
    help = "Erase everything of participants but their draw, by their codes; this cannot be undone."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")
        parser.add_argument("codes", nargs="+", metavar="code", help="codes, as the export has them")
        parser.add_argument("--reason", required=True, help="why; kept in the audit log")

    @transaction.atomic
    def handle(self, study, codes, reason, **options):
        found = study_named(study)
        everybody = {participant.code: participant for participant in found.participants.filter(code__in=codes)}
        if unknown := sorted(set(codes) - set(everybody)):
            raise CommandError(f"{study} has no participant {', '.join(unknown)}; nothing was erased")
        for code, participant in everybody.items():
            withdrawal.erase(participant, timezone.now())
            audit.record(AuditEntry.Action.ERASED, None, found, participant=code, reason=reason)
        self.stdout.write(
            f"{study}: {', '.join(everybody)} erased; the draw is kept. Erase them in former exports and backups too."
        )
