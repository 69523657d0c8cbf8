"""Tables as lines of JSON, and back: by the models as they were at the migrations that a database has.

Not by today's models: a backup can be made of a database before it is upgraded, and restored by a later release.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

Model = type[models.Model]
Migrations = list[tuple[str, str]]

AT_ONCE = 500  # rows per query
LEFT_OUT = {"sessions.session"}  # who is logged in where: they log in again
# What Django makes by itself in an empty database.
MADE_BY_ITSELF = {"contenttypes.contenttype", "auth.permission"}


class BackupError(Exception):
    """A backup that cannot be made or restored; the message says why and what to do."""


def applied_migrations() -> Migrations:
    """Return the migrations that the database has; raises BackupError when this release does not know them all."""
    loader = MigrationLoader(connection)
    applied = sorted(loader.applied_migrations)
    if unknown := [f"{app}.{name}" for app, name in applied if (app, name) not in loader.graph.nodes]:
        raise BackupError(f"this database was made by another release: {', '.join(unknown)} is not known here.")
    return applied


def models_at(migrations: Migrations) -> dict[str, Model]:
    """Return {label: model} of every table that is kept, as they were when these migrations had been applied."""
    loader = MigrationLoader(connection)
    if unknown := [f"{app}.{name}" for app, name in migrations if (app, name) not in loader.graph.nodes]:
        raise BackupError(
            f"the backup was made by another release: {', '.join(unknown)} is not known here. "
            "Restore it with the release that made it, or a later one."
        )
    state = loader.project_state(migrations)
    return {
        model._meta.label_lower: model
        for model in state.apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in LEFT_OUT
    }


def migrate_to(migrations: Migrations) -> None:
    """Bring an empty database to just these migrations."""
    executor = MigrationExecutor(connection)
    nodes = executor.loader.graph.node_map
    # Each app's last ones alone: named after them, an earlier one would be a wish to go back to it.
    followed = {parent.key for key in migrations for parent in nodes[key].parents if parent.key[0] == key[0]}
    executor.migrate([key for key in migrations if key not in followed])


def columns(model: Model) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def rows(model: Model) -> Iterator[list[Any]]:
    """Yield the rows of a table in the order of their keys, each value as JSON has it."""
    found = model._base_manager.order_by("pk").values_list(*columns(model))
    for row in found.iterator(chunk_size=AT_ONCE):
        yield [_plain(value) for value in row]


def load(found: dict[str, Iterator[list[Any]]], kept: dict[str, Model]) -> None:
    """Put these rows in place of all that the tables have; all or nothing."""
    with transaction.atomic():
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            # Migrations and Django may have put rows of their own into the new tables.
            for model in kept.values():
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608  no input
            for label, lines in found.items():
                fields = kept[label]._meta.concrete_fields
                rows_of = (
                    kept[label](
                        **{field.attname: field.to_python(value) for field, value in zip(fields, row, strict=True)}
                    )
                    for row in lines
                )
                while some := list(islice(rows_of, AT_ONCE)):
                    kept[label]._base_manager.bulk_create(some)
        connection.check_constraints()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(kept.values())):
                cursor.execute(statement)


class Checksum:
    """The SHA-256 of a table's rows, the same on every database: some sort the keys of JSON, or store 1e16 in full."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, row: list[Any]) -> None:
        self.rows += 1
        self._hash.update(json.dumps(_canonical(row), sort_keys=True, separators=(",", ":")).encode() + b"\n")

    def told(self) -> dict[str, Any]:
        return {"rows": self.rows, "sha256": self._hash.hexdigest()}


def checksum(model: Model) -> dict[str, Any]:
    """Return how many rows a table has, and their SHA-256."""
    found = Checksum()
    for row in rows(model):
        found.add(row)
    return found.told()


def _entry(model: Model, row: list[Any]) -> models.Model:
    fields = model._meta.concrete_fields
    return model(**{field.attname: field.to_python(value) for field, value in zip(fields, row, strict=True)})


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one too; JSON's own encoder in Django would cut microseconds off
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_canonical(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
