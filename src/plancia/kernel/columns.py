"""Columns: many rows in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plancia.kernel import transaction

#: From so many rows on the role *staff* uses COPY, whose two round trips are then repaid.
_MANY = 8


def insert(table: str, types: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
    """
    Insert rows into a table in one statement; `types` names the columns, in the order of the rows, with their types.

    The role *staff* writes many rows by COPY; the role *app*, whom row-level security binds and refuses COPY, by arrays
    of columns. Both are several times faster than rows of parameters. A value of type jsonb is given as text.
    """
    if not rows:
        return
    if go_by_copy(len(rows)):
        _copy(table, types, rows)
    else:
        _unnest(table, types, rows)


def go_by_copy(number: int) -> bool:
    """Say whether so many rows are written by COPY: by the role *staff*, and from a handful on."""
    return transaction.alias() == transaction.STAFF and number >= _MANY


def _copy(table: str, types: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
    with (
        transaction.connection().cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(types)}) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _unnest(table: str, types: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
    names = ", ".join(types)
    _execute(f"insert into {table} ({names}) select {_taken(types)} from {_given(types)}", rows)  # noqa: S608  (names of ours)


def update(table: str, types: Mapping[str, str], rows: Sequence[Sequence[object]]) -> None:
    """Write rows that exist anew in one statement, as `insert` writes new ones; the first column is their key."""
    if not rows:
        return
    key, *changed = types
    values = ", ".join(f"{name} = new.{name}" for name in changed)
    given = f"(select {_taken(types)} from {_given(types)}) as new"  # noqa: S608  (names of ours)
    _execute(f"update {table} set {values} from {given} where {table}.{key} = new.{key}", rows)  # noqa: S608  (names of ours)


def _given(types: Mapping[str, str]) -> str:
    arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in types.values())
    return f"unnest({arrays}) as given ({', '.join(types)})"


def _taken(types: Mapping[str, str]) -> str:
    return ", ".join(f"{name}::jsonb as {name}" if kind == "jsonb" else name for name, kind in types.items())


def _execute(statement: str, rows: Sequence[Sequence[object]]) -> None:
    with transaction.connection().cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
