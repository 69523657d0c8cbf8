"""Queries that are asked, and rows that are written, at every page, each with its SQL made once.

To make the SQL of a query, Django needs up to a millisecond of processor time, every time; the database then answers in
a tenth of that. A function that returns a query becomes one that asks it:

    @prepared
    def visits_of(participant: int) -> QuerySet[StageVisit]:
        return StageVisit.objects.filter(participant=participant)

    visits_of(participant.pk)  # [StageVisit, ...]
    visits_of.update(participant.pk, completed_at=now)
    visits_of.delete(participant.pk)
    Insertion(StageVisit(participant=participant, ...), ...).store()
    created(Participant(study=study, ...))  # Participant, with its key

What is kept follows from the models and the kind of database alone; nothing of the data is.
"""

import inspect
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import update_wrapper
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import DeleteQuery, UpdateQuery
from django.db.transaction import TransactionManagementError, atomic

Found = TypeVar("Found", bound=Model)
Sought = int | str | UUID


def _connection() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: `django.db.connection` looks for it again for each value of each row."""
    return connections[DEFAULT_DB_ALIAS]


class _Value(Expression):
    """Stands in the SQL for a value that is not known yet."""

    def __init__(self, name: str):
        super().__init__()
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]


class _Statement:
    """The SQL of a query for one kind of database, and how its rows become objects."""

    def __init__(self, query: Any):
        connection = _connection()
        compiler = query.get_compiler(connection=connection)
        # Without a transaction Django makes no SQL that locks; on SQLite, what only reads would wait for one.
        with atomic() if query.select_for_update else nullcontext():
            self.sql, self._parameters = compiler.as_sql()
        self._locks = query.select_for_update
        converters = compiler.get_converters([each for each, *_ in compiler.select])
        self._converters = [(column, *found) for column, found in converters.items()]
        first, *_, last = compiler.klass_info["select_fields"]
        self._own = slice(first, last + 1)
        self._names = [each.target.attname for each, *_ in compiler.select[self._own]]
        self._model = compiler.klass_info["model"]
        self._related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def ask(self, values: dict[str, Sought]) -> list[Any]:
        connection = _connection()
        if self._locks and connection.get_autocommit():
            raise TransactionManagementError("a lock is for the transaction that asks for it, and there is none")
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.filled(values))
            return [self._object(list(row), connection) for row in cursor.fetchall()]

    def filled(self, values: dict[str, Sought]) -> list[Any]:
        return _filled(self._parameters, values)

    def _object(self, row: list[Any], connection: BaseDatabaseWrapper) -> Any:
        for column, converters, expression in self._converters:
            for convert in converters:
                row[column] = convert(row[column], expression, connection)
        found = self._model.from_db(connection.alias, self._names, row[self._own])
        for related in self._related:
            related.populate(row, found)
        return found


class _Change:
    """The SQL by which one kind of database writes or deletes what a query finds."""

    def __init__(self, query: Any):
        self._sql, self._parameters = query.get_compiler(connection=_connection()).as_sql()
        self._field = query.get_meta().get_field

    def make(self, values: dict[str, Sought], fields: dict[str, Any]) -> int:
        """Return how many rows it met."""
        connection = _connection()
        written = {f"set {name}": self._field(name).get_db_prep_save(to, connection) for name, to in fields.items()}
        with connection.cursor() as cursor:
            cursor.execute(self._sql, _filled(self._parameters, values | written))
            return cursor.rowcount


def _filled(parameters: Sequence[Any], values: dict[str, Any]) -> list[Any]:
    filled = [values[each.name] if isinstance(each, _Value) else each for each in parameters]
    if _connection().features.has_native_uuid_field:
        return filled
    return [each.hex if isinstance(each, UUID) else each for each in filled]


class prepared(Generic[Found]):  # noqa: N801  a decorator
    """Asks the query that `query` returns, whose arguments are the numbers, texts and UUIDs to be compared with."""

    def __init__(self, query: Callable[..., QuerySet[Found]]):
        update_wrapper(self, query)
        self.query = query
        self._names = tuple(inspect.signature(query).parameters)
        self._statements: dict[str, _Statement] = {}  # {kind of database: …}
        self._changes: dict[tuple[str, ...], _Change] = {}  # {(kind of database, *fields that are written): …}

    def __call__(self, *args: Sought) -> list[Found]:
        """Return what is found now."""
        return self.statement().ask(self.called(args))

    def first(self, *args: Sought) -> Found | None:
        """Return the one that is found now, or None."""
        return next(iter(self(*args)), None)

    def update(self, *args: Sought, **fields: Any) -> int:
        """Write `fields` of the rows that are found; return how many there are."""
        change = self._changes.get((_connection().vendor, *fields))
        if change is None:
            query: Any = self._named().query.chain(UpdateQuery)
            query.add_update_values({name: _Value(f"set {name}") for name in fields})
            change = self._changes[(_connection().vendor, *fields)] = _Change(query)
        return change.make(self.called(args), fields)

    def delete(self, *args: Sought) -> int:
        """Delete the rows that are found, of a table on which no other depends; return how many there were."""
        change = self._changes.get((_connection().vendor,))
        if change is None:
            change = self._changes[(_connection().vendor,)] = _Change(self._named().query.chain(DeleteQuery))
        return change.make(self.called(args), {})

    def statement(self) -> _Statement:
        """Return its SQL for the kind of database that is used."""
        statement = self._statements.get(_connection().vendor)
        if statement is None:
            statement = self._statements[_connection().vendor] = _Statement(self._named().query)
        return statement

    def _named(self) -> QuerySet[Found]:
        return self.query(*map(_Value, self._names))

    def called(self, args: Sequence[Sought]) -> dict[str, Sought]:
        return dict(zip(self._names, args, strict=True))


class Insertion:
    """New rows of one table, all of the same kind, ready to be stored; `store` leaves them without their keys.

    To make it is most of the work, and can be done before the transaction that stores it, in which others wait.
    """

    def __init__(self, *rows: Model):
        connection = _connection()
        meta = rows[0]._meta
        fields = [field for field in meta.concrete_fields if not field.primary_key]
        assert meta.pk  # noqa: S101 - said to the type checker: a model that is no table has none
        self._key = connection.ops.quote_name(str(meta.pk.column))
        key = (connection.vendor, meta.db_table)
        if key not in _inserts:
            names = (meta.db_table, *(str(field.column) for field in fields))
            table, *columns = map(connection.ops.quote_name, names)
            _inserts[key] = f"INSERT INTO {table} ({', '.join(columns)})", ", ".join(["%s"] * len(fields))
        self._into, self._places = _inserts[key]
        given = [[field.pre_save(row, add=True) for field in fields] for row in rows]
        told = list(zip(fields, zip(*given, strict=True), strict=True))
        # The very same object, not an equal one: 1 and True are equal, and as answers they are not the same.
        self._shared = [all(value is values[0] for value in values) for _, values in told]
        self._values = [field.get_db_prep_save(values[0], connection) for field, values in told]
        own = [each for each, shared in zip(told, self._shared, strict=True) if not shared]
        self._own = [
            [field.get_db_prep_save(values[row], connection) for field, values in own] for row in range(len(rows))
        ]

    def store(self) -> None:
        """Store them; a value that all of them share is sent once, which is half the work for a page of answers."""
        sql, values = self._sql, self._values
        if len(self._own) > 1:
            names = [f"c{number}" for number in range(len(self._own[0]))]
            rows = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(self._own))
            left = iter(names)
            places = ", ".join("%s" if shared else next(left) for shared in self._shared)
            sql = f"WITH own ({', '.join(names)}) AS (VALUES {rows}) {self._into} SELECT {places} FROM own"  # noqa: S608
            values = [value for own in self._own for value in own]
            values += [value for value, shared in zip(self._values, self._shared, strict=True) if shared]
        with _connection().cursor() as cursor:
            cursor.execute(sql, values)

    @property
    def _sql(self) -> str:
        return f"{self._into} VALUES ({self._places})"

    def store_where(self, allowed: prepared[Any], *args: Sought) -> bool:
        """Store a single row where `allowed` finds one, locked meanwhile, and nothing stands in its place.

        Tells whether it did. One statement does it all, so there need be no transaction.
        """
        found = allowed.statement()
        # SQLite takes ON for a join's, where no WHERE stands before it.
        sql = f"{self._into} SELECT {self._places} FROM ({found.sql}) AS allowed WHERE TRUE ON CONFLICT DO NOTHING"  # noqa: S608
        with _connection().cursor() as cursor:
            cursor.execute(sql, [*self._values, *found.filled(allowed.called(args))])
            return cursor.rowcount == 1

    def store_one(self) -> int:
        """Store a single row and return the key that it gets."""
        with _connection().cursor() as cursor:
            cursor.execute(f"{self._sql} RETURNING {self._key}", self._values)
            return cursor.fetchone()[0]


def created(row: Found) -> Found:
    """Store one new row, and return it with its key."""
    row.pk = Insertion(row).store_one()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


_inserts: dict[tuple[str, str], tuple[str, str]] = {}  # {(kind of database, table): where to, a place for each value}
