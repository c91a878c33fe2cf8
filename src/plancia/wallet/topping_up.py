"""
Topping up: adding money to the prepaid account, within the limits that were shown.

By bank transfer money comes as it comes, under the organization's own reference; what came is kept, whatever the limit.
Source: SPEC 6.1, docs/decisions/0026-prepaid-account.md
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.payments import charging
from plancia.payments.methods import Method
from plancia.payments.models import Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.states import PaymentState, ProfileState
from plancia.wallet import limits, prepaid
from plancia.wallet.models import TopUp

#: How long a top-up that was begun counts against the limit: as long as a gateway's page waits for a card.
UNDER_WAY = timedelta(hours=1)


class TopUpTooSmall(Refusal):
    """Less than what may be added at once."""

    code = "top_up_too_small"
    sentence = _("At least %(least)s can be added at a time.")
    field = "amount"


class TopUpTooLarge(Refusal):
    """More than what may be added at once by this method."""

    code = "top_up_too_large"
    sentence = _("By %(method)s, at most %(most)s can be added at a time.")
    field = "amount"


class BalanceTooLarge(Refusal):
    """More than what may be on the account, with what is on its way to it."""

    code = "balance_too_large"
    sentence = _("At most %(limit)s may be on the account; with what is on its way, %(room)s can still be added.")
    field = "amount"


@transaction.atomic
def start(
    *,
    organization_id: UUID,
    amount: Money,
    key: UUID,
    actor: Actor,
    at: datetime,
    method: Method = Method.CARD,
    profile_id: UUID | None = None,
    is_keeping: bool = False,
    is_automatic: bool = False,
) -> TopUp:
    """
    Begin to add money, on the gateway's page or from a saved profile. The same key again is the same top-up.

    Raises: TopUpTooSmall; TopUpTooLarge; BalanceTooLarge; NoSuchProfile; NoSuchGateway.
    """
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    known: TopUp | None = (
        TopUp.objects.filter(organization_id=organization_id, key=key).select_related("payment").first()
    )
    if known is not None:
        return known
    profile = _profile(organization_id, profile_id) if profile_id else None
    require_within_limits(organization, amount, Method(profile.method) if profile else method, at=at)

    top_up = TopUp(
        organization_id=organization_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        key=key,
        is_automatic=is_automatic,
        started_at=at,
    )
    if profile:
        top_up.payment = charging.charge(
            profile_id=profile.pk, purpose=top_up.public_id, amount=amount, actor=actor, at=at
        )
    else:
        top_up.payment = charging.start(
            organization_id=organization_id,
            purpose=top_up.public_id,
            amount=amount,
            method=method,
            is_keeping=is_keeping,
            actor=actor,
            at=at,
        )
    top_up.save(force_insert=True)
    return top_up


def require_within_limits(organization: Organization, amount: Money, method: Method, *, at: datetime) -> None:
    """See that an amount may be added now. The caller holds the organization's lock, so that two do not both fit."""
    require_size(organization, amount, method)
    allowed = limits.of(organization.currency)
    room = allowed.balance - prepaid.balance(organization) - under_way(organization, at=at)
    if amount > room:
        raise BalanceTooLarge(limit=allowed.balance, room=max(room, Money.zero(room.currency)))


def require_size(organization: Organization, amount: Money, method: Method) -> None:
    """See that an amount may be added at once by a method. Raises: TopUpTooSmall; TopUpTooLarge."""
    allowed = limits.of(organization.currency)
    if amount < allowed.least:
        raise TopUpTooSmall(least=allowed.least)
    if amount > allowed.most[method]:
        raise TopUpTooLarge(method=method.label, most=allowed.most[method])


def under_way(organization: Organization, *, at: datetime) -> Money:
    """Return what is on its way to the prepaid account: begun, and neither arrived nor failed."""
    begun = TopUp.objects.filter(
        organization=organization,
        currency=organization.currency,
        payment__state=PaymentState.PENDING,
        started_at__gt=at - UNDER_WAY,
    )
    told = TopUp.objects.filter(
        organization=organization, currency=organization.currency, payment__state=PaymentState.SUCCEEDED
    ).filter(payment__succeeded_at__gt=at - UNDER_WAY)
    # What succeeded stands on the incoming account until the fact has been told, which takes a moment.
    arrived = [
        top_up.amount_minor
        for top_up in told.select_related("payment")
        if not prepaid.is_kept(f"{ids.public('pay', top_up.payment_id)}:topped-up")
    ]
    total = begun.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return Money(int(total) + sum(arrived), organization.currency)


def _profile(organization_id: UUID, profile_id: UUID) -> Profile:
    profile: Profile | None = Profile.objects.filter(
        pk=profile_id, organization_id=organization_id, state=ProfileState.ACTIVE
    ).first()
    if profile is None or profile.method == Method.PREPAID:
        raise NoSuchProfile
    return profile
