"""Who signs in: by the engine of sign-in. Every page reads the user that signed in, so that SQL is made once."""

from __future__ import annotations

from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from plancia.accounts.models import User
from plancia.kernel.prepared import prepared


class Backend(AuthenticationBackend):  # type: ignore[misc]  # a library without types
    """The engine's own, but for how a signed-in user is read."""

    def get_user(self, user_id: UUID) -> User | None:
        """Return the user of a session, where she may still sign in."""
        return next((user for user in _one(key=user_id) if self.user_can_authenticate(user)), None)


@prepared
def _one(*, key: UUID) -> QuerySet[User]:
    return User.objects.filter(pk=key)
