"""
The engine of sessions: Django's, in the database, at one statement for each time it is written.

Django's own looks first whether a new key is taken and puts savepoints around every write. A key has 160 random bits,
and whatever fails here fails the request.
"""

from __future__ import annotations

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import DatabaseError
from django.utils.crypto import get_random_string


class SessionStore(DatabaseStore):
    """Keeps a session."""

    def _get_new_session_key(self) -> str:
        return get_random_string(32, VALID_KEY_CHARS)

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
