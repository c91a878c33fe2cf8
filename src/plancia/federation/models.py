from __future__ import annotations

from datetime import datetime

from allauth.idp.oidc.models import Client
from django.conf import settings
from django.db import models

from plancia.kernel.rows import Row


class Consent(Row):
    """What a user lets an app know: asked once, and again when the app wants more."""

    prefix = "cns"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    client = models.ForeignKey(Client, on_delete=models.CASCADE)
    scopes = models.JSONField(default=list)
    only_organization_id = models.UUIDField(null=True)  # none: all of the user's
    given_at = models.DateTimeField()

    class Meta:
        db_table = "federation_consent"
        constraints = [models.UniqueConstraint(fields=["user", "client"], name="consent_once")]


class AppSession(Row):
    """An app that a user has signed in to from one session of ours; `sid` is the name of that session."""

    prefix = "aps"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    client = models.ForeignKey(Client, on_delete=models.CASCADE)
    sid = models.CharField(max_length=64)
    only_organization_id = models.UUIDField(null=True)
    auth_time = models.DateTimeField()
    amr = models.JSONField(default=list)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "federation_app_session"
        constraints = [
            models.UniqueConstraint(
                fields=["sid", "client"], condition=models.Q(ended_at=None), name="app_session_once"
            )
        ]
        indexes = [models.Index(fields=["user"], name="app_session_user")]

    def end(self, *, at: datetime) -> None:
        """Note that the user has signed out."""
        self.ended_at = at
        self.save(update_fields=["ended_at"])

    def mark_told(self, *, at: datetime) -> None:
        """Note that the app knows."""
        self.told_at = at
        self.save(update_fields=["told_at"])


class Code(Row):
    """An authorization code, kept as its hash: good once, for a minute, for one app."""

    prefix = "cod"

    hash = models.CharField(max_length=64, unique=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE)
    session = models.ForeignKey(AppSession, on_delete=models.CASCADE)
    content = models.JSONField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "federation_code"
        indexes = [models.Index(fields=["expires_at"], name="code_expiry")]


class SigningKey(Row):
    """A key that tokens are signed with, encrypted under the installation's key."""

    prefix = "key"

    sealed = models.TextField()
    issued_at = models.DateTimeField()
    signs_from = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "federation_signing_key"
