from django.core.management.base import BaseCommand, CommandError

from survey.allocation.verify import verify
from survey.export.snapshot import snapshot
from survey.management.arguments import study_named


class Command(BaseCommand):
    help = "Draw every arm of a study again from its seed and log; report the first draw that differs."

    def add_arguments(self, parser):
        parser.add_argument("study", help="name of the study, as in its study.toml")

    def handle(self, study, **options):
        found = study_named(study)
        with snapshot():
            verification = verify(found)
        counts = ", ".join(f"{count} {kind}" for kind, count in verification.verified.items())
        if verification.difference:
            raise CommandError(
                f"{study}: {verification.difference}. Draws before it that are as drawn: {counts}. Compare with an "
                "earlier export: somebody has changed the log, the seed or the answers that give the stratum."
            )
        erased = f" The stratum of {verification.erased} erased is as the log has it." if verification.erased else ""
        self.stdout.write(f"{study}: every draw is as drawn: {counts}.{erased}")
