"""
The cache: Django's, in the database, at one statement each.

Django's own asks five times for one value and counts the whole table first, so that who guesses makes every sign-in
dearer. Nothing is thrown out for want of room, for counters of wrong codes live here; what has expired is forgotten by
a job (plancia.ops.tidying).
"""

from __future__ import annotations

import base64
import pickle
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache

from plancia.kernel import transaction

_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_WRITE = (
    "insert into {table} as kept (cache_key, value, expires) values (%(key)s, %(value)s, %(expires)s)"
    " on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires"
)
_STATEMENTS = {
    "set": _WRITE,
    "add": _WRITE + " where kept.expires < now()",
    "touch": "update {table} set expires = %(expires)s where cache_key = %(key)s and expires >= now()",
}


class OneStatementCache(DatabaseCache):
    """Writes a value in one statement, which other transactions wait for as they do for any row."""

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        seconds = self.get_backend_timeout(timeout)
        table: str = self._table  # type: ignore[attr-defined]  # Django's
        row: dict[str, str | datetime] = {
            "key": key,
            "value": base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1"),
            "expires": _FOR_EVER if seconds is None else datetime.fromtimestamp(seconds, tz=UTC),
        }
        with transaction.connection().cursor() as cursor:
            cursor.execute(_STATEMENTS[mode].format(table=table), row)
            return bool(cursor.rowcount)
