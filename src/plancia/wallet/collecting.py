"""Collecting: money from whatever an organization chose to be charged, the prepaid account included."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.payments import charging, profiles
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.states import ProfileState
from plancia.wallet import prepaid


@transaction.atomic
def collect(
    *, organization_id: UUID, purpose: str, amount: Money, actor: Actor, at: datetime, profile_id: UUID | None = None
) -> Payment:
    """
    Charge a payment profile of an organization, its default unless named, without the customer; once for a purpose.

    From the prepaid account the money comes at once. A card or a PayPal account is charged afterwards, and what became
    of it is told by PaymentSucceeded or PaymentFailed; after a failure the purpose may be tried again.

    Raises: NoSuchProfile; AlreadyCharged; InsufficientFunds, when the prepaid account does not have it; NoSuchGateway.
    """
    Organization.objects.locked().get(pk=organization_id)
    profile = _profile(organization_id, profile_id, at=at)
    if profile.method != Method.PREPAID:
        return charging.charge(profile_id=profile.pk, purpose=purpose, amount=amount, actor=actor, at=at)
    charging.require_uncharged(organization_id=organization_id, purpose=purpose)
    return prepaid.spend(
        organization_id=organization_id, purpose=purpose, amount=amount, actor=actor, at=at, profile_id=profile.pk
    )


def _profile(organization_id: UUID, profile_id: UUID | None, *, at: datetime) -> Profile:
    if profile_id is None:
        return profiles.default(organization_id=organization_id, at=at)
    chosen: Profile | None = Profile.objects.filter(
        pk=profile_id, organization_id=organization_id, state=ProfileState.ACTIVE
    ).first()
    if chosen is None:
        raise NoSuchProfile
    return chosen
