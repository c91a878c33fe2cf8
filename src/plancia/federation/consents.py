"""Consents: what users let apps know, remembered; and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.idp.oidc.models import Client

from plancia.accounts.models import User
from plancia.federation import app_sessions
from plancia.federation.models import Consent
from plancia.kernel import transaction


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """An app that a user lets know something."""

    public_id: str
    name: str
    given_at: datetime


def covers(user: User, client: Client, scopes: Sequence[str]) -> bool:
    """Say whether the user has agreed to all that the app asks to know, so that she need not be asked again."""
    if client.skip_consent:
        return True
    found = Consent.objects.filter(user=user, client=client).first()
    return found is not None and set(scopes) <= set(found.scopes)


@transaction.atomic
def give(*, user: User, client: Client, scopes: Sequence[str], only_organization_id: UUID | None, at: datetime) -> None:
    """Remember what a user lets an app know; the newest answer counts."""
    Consent.objects.update_or_create(
        user=user,
        client=client,
        defaults={"scopes": list(scopes), "only_organization_id": only_organization_id, "given_at": at},
    )


@transaction.atomic
def take_back(*, user: User, public_id: str, at: datetime) -> None:
    """Let an app know nothing any more, and sign the user out of it."""
    for consent in Consent.objects.by_public_id(public_id).filter(user=user):
        app_sessions.end(user=user, client_id=consent.client_id, at=at)
        consent.delete()


def organization_of(user: User, client: Client) -> UUID | None:
    """Return the one organization that the app may know of; None for all."""
    return Consent.objects.filter(user=user, client=client).values_list("only_organization_id", flat=True).first()


def of(user: User) -> list[ConsentRow]:
    """Return the apps that a user lets know something, by name."""
    found = Consent.objects.filter(user=user).select_related("client").order_by("client__name", "pk")
    return [ConsentRow(one.public_id, one.client.name, one.given_at) for one in found]
