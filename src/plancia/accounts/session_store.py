"""
The engine of sessions: Django's, in the database, at one statement for each time it is read or written.

Django's own looks first whether a new key is taken and puts savepoints around every write. A key has 160 random bits,
and whatever fails here fails the request. Every page reads one, so its SQL is made once.
"""

from __future__ import annotations

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.crypto import get_random_string

from plancia.kernel.prepared import prepared


class SessionStore(DatabaseStore):
    """Keeps a session."""

    def _get_new_session_key(self) -> str:
        return get_random_string(32, VALID_KEY_CHARS)

    def _get_session_from_db(self) -> Session | None:
        for row in _living(key=self.session_key or ""):
            return row
        self._session_key = None
        return None

    def save(self, must_create: bool = False) -> None:
        """Write the session down. Raises: UpdateError, when it ended meanwhile."""
        if self.session_key is None:
            self.create()
            return
        row = self.create_model_instance(self._get_session(no_load=must_create))  # type: ignore[attr-defined]  # Django's
        try:
            row.save(force_insert=must_create, force_update=not must_create)
        except DatabaseError:
            if must_create:
                raise
            raise UpdateError from None


@prepared
def _living(*, key: str) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=Now())
