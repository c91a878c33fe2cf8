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
    arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in types.values())
    taken = ", ".join(f"{name}::jsonb" if kind == "jsonb" else name for name, kind in types.items())
    names = ", ".join(types)
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            f"insert into {table} ({names}) select {taken} from unnest({arrays}) as given ({names})",  # noqa: S608  (names of ours)
            [list(column) for column in zip(*rows, strict=True)],
        )
