import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from survey import lifecycle, preview
from survey.management.arguments import checked_folder
from survey.management.commands.load_study import load
from survey.models import State, Study
from survey.protocol import protocol_of

OF_THE_SITE = ("DATABASE_URL", "CACHE_URL")  # would lead the preview to the site's own data


class Command(BaseCommand):
    help = "Serve every stage of a study folder for proof-reading, on a site of its own that is deleted at the end."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--stage", default="", help="id of one stage; without it, every stage gets an address")
        parser.add_argument("--inside", action="store_true", help="used by the command itself, in the site it made")

    def handle(self, folder, stage, inside, **options):
        files, protocol = checked_folder(folder, "; see check_study:")
        if stage and stage not in preview.stage_ids(protocol):
            raise CommandError(f"There is no stage {stage!r} to look at; expected one of {preview.stage_ids(protocol)}")
        if not inside:
            sys.exit(_in_a_site_of_its_own(folder, stage))
        call_command("migrate", verbosity=0)
        if Study.objects.exists():
            raise CommandError("This site has studies already; a preview never mixes with them. Leave --inside away.")
        load(protocol.study.name, preview.prepared(files), new_version=False)
        study = Study.objects.get(name=protocol.study.name)
        lifecycle.change(study, State.OPEN, "a preview on a site of its own", timezone.now())
        self.stdout.write("\n".join(addresses(protocol.study.name, stage)))
        self.stdout.write("The preview has its own empty database. It ends, and all of it is deleted, with Ctrl+C.")
        self.stdout.flush()
        call_command("serve", stdout=self.stdout)


def _in_a_site_of_its_own(folder: Path, stage: str) -> int:
    """Run this command again with a data folder that is empty, and delete the folder when it ends."""
    data = tempfile.mkdtemp(prefix="preview-")
    environment = {name: value for name, value in os.environ.items() if name not in OF_THE_SITE}
    environment |= {"DATA_DIR": data, "WARM_RUNS": "0"}  # nobody may write there after the end
    command = [sys.executable, "manage.py", "preview_study", str(folder.resolve()), "--inside"]
    if stage:
        command += ["--stage", stage]
    child = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)  # noqa: S603  our own command
    # Whoever ends this process ends the server too; Ctrl+C reaches both by itself.
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return child.wait()
    finally:
        shutil.rmtree(data, ignore_errors=True)


def addresses(name: str, stage: str) -> list[str]:
    """Return one line for each address: first the study's entrance, then each stage."""
    study = Study.objects.get(name=name)
    site = f"http://{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
    lines = [f"{'consent':40} {site}{reverse('survey:join', args=[name])}"] if not stage else []
    unseen = [each for each in preview.stage_ids(protocol_of(study.current_version)) if stage in ("", each)]
    for place in preview.places(study.current_version, stage, timezone.now()):
        label = " · ".join(filter(None, [place.stage, place.arm, place.language]))
        lines.append(f"{label:40} {site}{reverse('survey:resume', args=[place.participant.token])}")
        unseen = [each for each in unseen if each != place.stage]
    return [
        *lines,
        *(f"{each:40} no way to it was found: its condition asks for more than one answer" for each in unseen),
    ]
