"""
Prepared queries: querysets whose SQL is made once and then asked with other values.

Making SQL out of a queryset costs several times what PostgreSQL needs to answer it, and the queries that every page
asks are always the same but for their values. A function under `@prepared` is still an ordinary queryset, read and
tested as one: it is called once with marks in place of its arguments, its SQL is kept, and from then on the arguments
stand where the marks stood. Source: docs/decisions/0015-prepared-queries.md.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Field, ForeignKey, Lookup, QuerySet
from django.db.models.query import ModelIterable

from plancia.kernel import transaction

Arguments = ParamSpec("Arguments")
Found = TypeVar("Found")

#: So many keys are given to the driver one by one.
_FEW = 50
_LONG_AGO = datetime(1071, 3, 7, 5, 13, 17, tzinfo=UTC)


@ForeignKey.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """`pk__any_of=keys`: like `in`, but the same SQL however many there are, and one value to send."""

    lookup_name = "any_of"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, Any]:
        if not value:
            raise EmptyResultSet
        keys = list(value)
        if len(keys) > _FEW and isinstance(keys[0], UUID):
            # As text: the driver would ask each key of thousands how it wants to be written.
            return "%s::uuid[]", ["{" + ",".join(map(str, keys)) + "}"]
        return "%s", [keys]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = any({right})", [*left_params, *right_params]


class _Statement:
    """The SQL of a queryset on one connection, and at which places of its parameters each argument stands."""

    def __init__(self, found: QuerySet[Any, Any], marks: dict[str, Any], alias: str) -> None:
        self._iterable: type[Any] = found._iterable_class
        self._compiler = found.query.get_compiler(using=alias)
        self._sql, params = self._compiler.as_sql()
        self._params = list(params)
        self._places = [
            (place, name)
            for place, param in enumerate(self._params)
            for name, mark in marks.items()
            if type(param) is type(mark) and param == mark
        ]
        if missing := marks.keys() - {name for _place, name in self._places}:
            raise TypeError(
                f"a prepared query loses its arguments {sorted(missing)}: they must reach the SQL as they are"
            )

    def rows(self, arguments: dict[str, Any], alias: str) -> list[Any]:
        params = self._params.copy()
        for place, name in self._places:
            params[place] = arguments[name]
        # A copy, since threads share the statement; what it learned when it was compiled comes along.
        compiler = copy.copy(self._compiler)
        compiler.connection = connections[alias]
        compiler.as_sql = lambda *_args, **_options: (self._sql, tuple(params))
        if self._iterable is ModelIterable:
            asked = SimpleNamespace(
                db=alias, query=SimpleNamespace(get_compiler=lambda using: compiler), _known_related_objects={}
            )
            return list(ModelIterable(asked))  # type: ignore[arg-type]  # it reads these three attributes alone
        return list(compiler.results_iter(tuple_expected=True))


def prepared(build: Callable[Arguments, QuerySet[Any, Found]]) -> Callable[Arguments, list[Found]]:
    """
    Let a function that builds a queryset of models or tuples answer its rows, and make its SQL once.

    Its keyword-only arguments are a UUID, a list of them, str, int, date or datetime each, and reach the SQL as they
    are: a filter like `icontains` changes its value on the way, and is refused; in place of `in` stands `any_of`.
    """
    marks = {
        name: _mark(str(parameter.annotation), place)
        for place, (name, parameter) in enumerate(inspect.signature(build).parameters.items(), start=1)
    }
    statements: dict[str, _Statement] = {}

    @wraps(build)
    def ask(*args: Arguments.args, **arguments: Arguments.kwargs) -> list[Found]:
        alias = transaction.alias()
        if alias not in statements:
            statements[alias] = _Statement(build(*args, **marks), marks, alias)
        return statements[alias].rows(arguments, alias)

    return ask


def _mark(kind: str, place: int) -> Any:
    match kind:
        case "UUID":
            return UUID(int=(0xDEAD << 112) + place)
        case "list[UUID]":
            return [UUID(int=(0xDEAD << 112) + place)]
        case "datetime":
            return _LONG_AGO + timedelta(days=place)
        case "date":
            return date(1071, 3, 7) + timedelta(days=place)
        case "str":
            return f"\x01mark {place}"
        case "int":
            return -7_071_000_000 - place
    raise TypeError(f"a prepared query takes no {kind}")
