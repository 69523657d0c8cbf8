"""Queries that are asked at every page, each with its SQL made once.

To make the SQL of a query, Django needs up to a millisecond of processor time, every time; the database then answers in
a tenth of that. A function that returns a query becomes one that asks it:

    @prepared
    def visits_of(participant: int) -> QuerySet[StageVisit]:
        return StageVisit.objects.filter(participant=participant)

    visits_of(participant.pk)  # [StageVisit, ...]

What is kept follows from the models and the kind of database alone; nothing of the data is.
"""

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError

Found = TypeVar("Found", bound=Model)


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
        compiler = query.get_compiler(connection=connection)
        self.sql, self._parameters = compiler.as_sql()
        self._locks = query.select_for_update
        converters = compiler.get_converters([each for each, *_ in compiler.select])
        self._converters = [(column, *found) for column, found in converters.items()]
        first, *_, last = compiler.klass_info["select_fields"]
        self._own = slice(first, last + 1)
        self._names = [each.target.attname for each, *_ in compiler.select[self._own]]
        self._model = compiler.klass_info["model"]
        self._related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def ask(self, values: dict[str, int | str]) -> list[Any]:
        if self._locks and connection.get_autocommit():
            raise TransactionManagementError("a lock is for the transaction that asks for it, and there is none")
        parameters = [values[each.name] if isinstance(each, _Value) else each for each in self._parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            return [self._object(list(row)) for row in cursor.fetchall()]

    def _object(self, row: list[Any]) -> Any:
        for column, converters, expression in self._converters:
            for convert in converters:
                row[column] = convert(row[column], expression, connection)
        found = self._model.from_db(connection.alias, self._names, row[self._own])
        for related in self._related:
            related.populate(row, found)
        return found


class prepared(Generic[Found]):  # noqa: N801  a decorator
    """Asks the query that `query` returns, whose arguments are the whole numbers and texts to be compared with."""

    def __init__(self, query: Callable[..., QuerySet[Found]]):
        update_wrapper(self, query)
        self.query = query
        self._signature = inspect.signature(query)
        self._statements: dict[str, _Statement] = {}  # {kind of database: …}

    def __call__(self, *args: int | str) -> list[Found]:
        """Return what is found now."""
        statement = self._statements.get(connection.vendor)
        if statement is None:
            query = self.query(*map(_Value, self._signature.parameters)).query
            statement = self._statements[connection.vendor] = _Statement(query)
        return statement.ask(self._signature.bind(*args).arguments)

    def first(self, *args: int | str) -> Found | None:
        """Return the one that is found now, or None."""
        return next(iter(self(*args)), None)
