from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from survey.management.arguments import checked_folder
from survey.models import State, Study, StudyVersion
from survey.protocol import digest


class Command(BaseCommand):
    help = "Check a study folder and load it; with participants in the study, only as a new version."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--new-version",
            action="store_true",
            help="load a change into a study that has participants; they keep their version",
        )

    def handle(self, folder, new_version, **options):
        files, protocol = checked_folder(folder, ", nothing was loaded:")
        self.stdout.write(load(protocol.study.name, files, new_version))


@transaction.atomic
def load(name: str, files: dict[str, str], new_version: bool) -> str:
    """Load checked files as the study's current version and return what was done, in one sentence."""
    study, _ = Study.objects.get_or_create(name=name)
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.state == State.ARCHIVED:
        raise CommandError(f"{name} is archived: nothing of it changes any more. Load the study under another name.")
    sha256 = digest(files)
    latest = study.versions.order_by("number").last()
    if latest and latest.sha256 == sha256:
        return f"{name}: already loaded as version {latest.number} ({sha256[:12]}); nothing to do."
    if latest and not latest.participants.exists():
        latest.delete()
    elif latest and not new_version:
        raise CommandError(
            f"{name}: version {latest.number} has {latest.participants.count()} participant(s). Load the change "
            "as a new version with --new-version; whoever has begun goes on with the version they began with."
        )
    # delete() has taken the key away from a version that nobody had begun: its number is free again.
    number = 1 if latest is None else latest.number + (1 if latest.pk else 0)
    StudyVersion.objects.create(study=study, number=number, sha256=sha256, files=files)
    todo = "" if study.state != State.DRAFT else " It is a draft: study_state opens it."
    return f"{name}: loaded as version {number} ({sha256[:12]}).{todo}"
