"""
Automatic top-up: money is added when the balance falls below a threshold, up to a cap a month.

Never two at once, and none after one that was declined until the customer switches it on again. Source: SPEC 6.4
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments.methods import Method
from plancia.payments.models import Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.states import PaymentState, ProfileState
from plancia.wallet import prepaid, topping_up
from plancia.wallet.events import AutomaticTopUpStopped
from plancia.wallet.models import AutomaticTopUp, TopUp

logger = logging.getLogger(__name__)


class CapTooSmall(Refusal):
    """A month's cap that does not let one top-up through."""

    code = "cap_too_small"
    sentence = _("The limit a month must allow at least one top-up of %(amount)s.")
    field = "monthly_cap"


class ThresholdTooSmall(Refusal):
    """A threshold that the balance cannot fall below."""

    code = "threshold_too_small"
    sentence = _("Enter an amount above zero.")
    field = "threshold"


@transaction.atomic
def switch_on(
    *,
    organization_id: UUID,
    profile_id: UUID,
    threshold: Money,
    amount: Money,
    monthly_cap: Money,
    actor: Actor,
    at: datetime,
) -> AutomaticTopUp:
    """
    Top up by itself from now on; also after it has stopped.

    Raises: NoSuchProfile; ThresholdTooSmall; CapTooSmall; TopUpTooSmall, TopUpTooLarge, BalanceTooLarge.
    """
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    profile: Profile | None = Profile.objects.filter(
        pk=profile_id, organization_id=organization_id, state=ProfileState.ACTIVE
    ).first()
    if profile is None or profile.method == Method.PREPAID:
        raise NoSuchProfile
    if not threshold.is_positive:
        raise ThresholdTooSmall
    topping_up.require_size(organization, amount, Method(profile.method))
    if monthly_cap < amount:
        raise CapTooSmall(amount=amount)
    wish: AutomaticTopUp
    wish, _is_new = AutomaticTopUp.objects.update_or_create(
        organization_id=organization_id,
        defaults={
            "profile": profile,
            "threshold_minor": threshold.minor,
            "amount_minor": amount.minor,
            "monthly_cap_minor": monthly_cap.minor,
            "currency": organization.currency,
            "is_on": True,
            "stopped_code": "",
        },
    )
    trail.record(
        actor,
        "prepaid.automatic_on",
        organization.public_id,
        organization_id=organization_id,
        at=at,
        threshold=threshold,
        amount=amount,
        monthly_cap=monthly_cap,
        profile=profile.name,
    )
    return wish


@transaction.atomic
def switch_off(*, organization_id: UUID, actor: Actor, at: datetime) -> None:
    """Top up by itself no more. What is under way goes on."""
    Organization.objects.locked().get(pk=organization_id)
    if AutomaticTopUp.objects.filter(organization_id=organization_id, is_on=True).update(is_on=False):
        trail.record(
            actor,
            "prepaid.automatic_off",
            ids.public(Organization.prefix, organization_id),
            organization_id=organization_id,
            at=at,
        )


def run_due(*, at: datetime) -> int:
    """Top up, as staff, whoever wished it and whose balance is below the threshold; return how many were begun."""
    wishes = AutomaticTopUp.objects.filter(is_on=True).order_by("organization_id").values_list("organization_id")
    return sum(run(organization_id=organization_id, at=at) for (organization_id,) in list(wishes))


@transaction.atomic
def run(*, organization_id: UUID, at: datetime) -> bool:
    """Top one organization up if it is due; say whether that was begun."""
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    wish = AutomaticTopUp.objects.filter(organization=organization, is_on=True).first()
    if wish is None or wish.currency != organization.currency:
        return False
    on_its_way = topping_up.under_way(organization, at=at)
    if on_its_way or prepaid.balance(organization) >= wish.threshold or _is_running(organization):
        return False
    if (
        added_this_month(organization_id=organization_id, currency=wish.currency, at=at) + wish.amount
        > wish.monthly_cap
    ):
        return False
    try:
        with transaction.atomic():
            topping_up.start(
                organization_id=organization_id,
                amount=wish.amount,
                key=ids.new(),
                profile_id=wish.profile_id,
                is_automatic=True,
                actor=SYSTEM,
                at=at,
            )
    except Refusal as refusal:
        _stop(wish, refusal.code, at=at)
        return False
    return True


@transaction.atomic
def on_failure(*, top_up: TopUp, code: str, at: datetime) -> None:
    """Stop, since an automatic top-up was declined: trying again by itself would only annoy the bank."""
    Organization.objects.locked().get(pk=top_up.organization_id)
    wish = AutomaticTopUp.objects.filter(organization_id=top_up.organization_id, is_on=True).first()
    if top_up.is_automatic and wish is not None:
        _stop(wish, code, at=at)


def added_this_month(*, organization_id: UUID, currency: str, at: datetime) -> Money:
    """Return what was added by itself in the civil month, with what is under way."""
    month = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    added = TopUp.objects.filter(
        organization_id=organization_id, is_automatic=True, currency=currency, started_at__gte=month
    ).exclude(payment__state__in=[PaymentState.FAILED, PaymentState.CANCELLED])
    return Money(int(added.aggregate(sum=Sum("amount_minor"))["sum"] or 0), currency)


def _is_running(organization: Organization) -> bool:
    return TopUp.objects.filter(
        organization=organization, is_automatic=True, payment__state=PaymentState.PENDING
    ).exists()


def _stop(wish: AutomaticTopUp, code: str, *, at: datetime) -> None:
    wish.stop(code=code)
    logger.warning("automatic top-up of %s stopped: %s", wish.organization_id, code)
    trail.record(
        SYSTEM,
        "prepaid.automatic_stopped",
        ids.public(Organization.prefix, wish.organization_id),
        organization_id=wish.organization_id,
        at=at,
        code=code,
    )
    facts.publish(AutomaticTopUpStopped(organization_id=wish.organization_id, happened_at=at, code=code))
