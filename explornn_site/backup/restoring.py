"""Restoring a backup: beside what is there, checked row by row, brought up to date, without the erased."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from explornn_site.backup import archive, tables
from explornn_site.backup.place import fresh_database
from explornn_site.backup.tables import BackupError
from survey import audit, erasures, withdrawal
from survey.erasures import Erasure
from survey.models import AuditEntry, Identifier, Participant, Study


@dataclass(frozen=True)
class Restored:
    rows: int
    taken_at: datetime
    erased: int  # participants whose data were erased once more


def restore(path: Path, keep: Path | None = None, lists: Iterable[Path] = ()) -> Restored:
    """Restore the backup `path` into an empty database; raises BackupError and changes nothing when it cannot be.

    One that is not empty is replaced only when `keep` names the file into which it is backed up first. `lists` are
    lists of erasures beside this machine's own.
    """
    manifest = archive.check(path)
    kept = tables.models_at(manifest.migrations)
    for label, model in kept.items():
        if tables.columns(model) != manifest.tables[label]["columns"]:
            raise BackupError(f"{label} has other columns in this release; nothing was changed.")
    noted = [*erasures.noted(), *(erasure for file in lists for erasure in erasures.read(file))]
    if not is_empty():
        if keep is None:
            raise BackupError(
                "The database is not empty; nothing was changed. To put the backup in its place, say in which file "
                "what is there now is to be kept: --replace KEPT_FILE"
            )
        noted += _erased_here()
        archive.write(keep)
    with archive.opened(path) as (_, file), fresh_database():
        tables.migrate_to(manifest.migrations)
        tables.load({label: archive.rows(file, label) for label in kept}, kept)
        for label, model in kept.items():
            if tables.checksum(model) != manifest.told(label):
                raise BackupError(f"{label} reads otherwise than it was backed up; nothing was changed.")
        call_command("migrate", verbosity=0)
        erased = _erase(noted, manifest.taken_at)
    return Restored(manifest.rows, manifest.taken_at, erased)


def is_empty() -> bool:
    """Tell whether the database has nothing but what Django puts into every new one."""
    if not connection.introspection.table_names():
        return True
    found = tables.models_at(tables.applied_migrations())
    return not any(model._base_manager.exists() for label, model in found.items() if label not in tables.MADE_BY_ITSELF)


def _erased_here() -> list[Erasure]:
    """Return whose data have been erased in the database that is about to be replaced."""
    participants = tables.models_at(tables.applied_migrations()).get("survey.participant")
    if participants is None or "erased_at" not in tables.columns(participants):
        return []
    gone = participants._base_manager.filter(erased_at__isnull=False).values_list("code", "erased_at")
    return [Erasure(erasures.PARTICIPANT, code, at) for code, at in gone]


def _erase(noted: list[Erasure], taken_at: datetime) -> int:
    """Erase again what had been erased; return of how many participants."""
    codes = {erasure.name: erasure.at for erasure in noted if erasure.kind == erasures.PARTICIPANT}
    back = [each for each in Participant.objects.filter(erased_at=None).select_related("study") if each.code in codes]
    for participant in back:
        withdrawal.erase(participant, codes[participant.code])
        audit.record(
            AuditEntry.Action.ERASED,
            None,
            participant.study,
            participant=participant.code,
            reason=f"erased before; a backup of {taken_at:%Y-%m-%d %H:%M} UTC had brought it back",
        )
    for erasure in noted:
        if erasure.kind == erasures.IDENTIFIERS:  # others may have come in since
            Identifier.objects.filter(study__name=erasure.name, received_at__lte=erasure.at).delete()
        elif erasure.kind == erasures.UNLINKED and erasure.at > taken_at:
            for participant in Participant.objects.filter(code=erasure.name, erased_at=None):
                withdrawal.unlink(participant, erasure.at)
        elif erasure.kind == erasures.LINKS and erasure.at > taken_at:
            for study in Study.objects.filter(name=erasure.name):
                withdrawal.anonymize(study)
    return len(back)
