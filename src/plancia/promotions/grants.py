"""
Grants: complimentary offers, from the agent who gives one to the order that takes it.

Source: docs/decisions/0042-complimentary-offers.md, SPEC 4.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.catalog.models import Plan, ProductType
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.promotions.models import Grant
from plancia.promotions.states import Standing
from plancia.subscriptions.discounts import Promise, Reduction

_MONTH = timedelta(days=30)


class GrantUnreasoned(Refusal):
    """Nothing is given away without a reason."""

    code = "grant_unreasoned"
    sentence = _("Please say why: whoever reads this later will ask.")
    field = "reason"


class GrantOverBudget(Refusal):
    """It is worth more than an agent may give, at once or in thirty days."""

    code = "grant_over_budget"
    sentence = _("You may give %(most)s at once and %(monthly)s in 30 days; %(left)s is left.")
    field = "budget"


class GrantExpiresBefore(Refusal):
    """It would be over before it began."""

    code = "grant_expires_before"
    sentence = _("The offer must end later than now.")
    field = "expires_on"


class GrantNotThere(Refusal):
    """The offer cannot be used: used, expired, taken back, or never this organization's."""

    code = "grant_not_there"
    sentence = _("This complimentary offer cannot be used any more.")


class GrantDoesNotFit(Refusal):
    """The offer is for another product."""

    code = "grant_does_not_fit"
    sentence = _("This complimentary offer is for another product.")


class GrantUsed(Refusal):
    """What was used is not taken back."""

    code = "grant_used"
    sentence = _("This complimentary offer was used already, or has been taken back.")


@transaction.atomic
def give(
    *,
    organization_id: UUID,
    product_type: ProductType,
    plan: Plan | None = None,
    months: int | None = None,
    terms: int = 1,
    budget: Money,
    reason: str,
    expires_at: datetime,
    actor: Actor,
    at: datetime,
) -> Grant:
    """
    Give one organization a free product of a type, or of one plan: for `terms` terms, worth `budget` in all at most.

    Raises: GrantUnreasoned; GrantExpiresBefore; GrantOverBudget, when the agent's own budget is spent.
    Source: settings.COMPLIMENTARY_MOST, settings.COMPLIMENTARY_MONTHLY.
    """
    organization = Organization.objects.locked().get(pk=organization_id)
    if not reason.strip():
        raise GrantUnreasoned
    if expires_at <= at:
        raise GrantExpiresBefore
    left = left_to_give(actor.user_id, currency=budget.currency, at=at)
    if budget.minor > settings.COMPLIMENTARY_MOST or left < budget:
        raise GrantOverBudget(
            most=Money(settings.COMPLIMENTARY_MOST, budget.currency),
            monthly=Money(settings.COMPLIMENTARY_MONTHLY, budget.currency),
            left=left,
        )
    made: Grant = Grant.objects.create(
        organization=organization,
        product_type=product_type.code,
        plan=plan.code if plan else "",
        months=months,
        terms=terms,
        budget_minor=budget.minor,
        currency=budget.currency,
        reason=reason.strip(),
        granted_by_id=actor.user_id,
        granted_by=actor.label,
        granted_at=at,
        expires_at=expires_at,
    )
    trail.record(
        actor,
        "grant.given",
        made.public_id,
        organization_id=organization_id,
        at=at,
        product_type=made.product_type,
        plan=made.plan,
        terms=terms,
        budget=budget,
        expires_at=expires_at,
    )
    return made


def left_to_give(agent_id: UUID | None, *, currency: str, at: datetime) -> Money:
    """Return what an agent may still give away in these thirty days. What was taken back or expired unused is free."""
    given = Grant.objects.filter(granted_by_id=agent_id, currency=currency, granted_at__gt=at - _MONTH)
    counted = given.filter(withdrawn_at=None).exclude(order_id=None, expires_at__lte=at)
    spent = counted.aggregate(sum=Sum("budget_minor"))["sum"] or 0
    return Money(max(settings.COMPLIMENTARY_MONTHLY - spent, 0), currency)


@transaction.atomic
def withdraw(*, grant_id: UUID, actor: Actor, at: datetime) -> Grant:
    """Take an offer back that was not used. Raises: GrantUsed."""
    grant: Grant = Grant.objects.locked().get(pk=grant_id)
    if grant.used_at or grant.withdrawn_at:
        raise GrantUsed
    grant.withdraw(at=at)
    trail.record(actor, "grant.withdrawn", grant.public_id, organization_id=grant.organization_id, at=at)
    return grant


def open_for(organization_ids: Iterable[UUID], *, at: datetime) -> list[Grant]:
    """Return the offers that these organizations may use now, the one that ends first before the others. One query."""
    found = Grant.objects.filter(
        organization_id__in=list(organization_ids), order_id=None, withdrawn_at=None, expires_at__gt=at
    )
    return list(found.select_related("organization").order_by("expires_at", "pk"))


def fits(grant: Grant, plan: Plan, months: int) -> bool:
    """Say whether an offer is for this plan at this frequency."""
    return (
        grant.product_type == plan.product_type.code
        and grant.plan in ("", plan.code)
        and grant.months in (None, months)
    )


def promise(grant: Grant) -> Promise:
    """Return what an offer takes off the terms of a product: all of it, up to its budget."""
    return Promise(Reduction(Decimal(100), most=grant.budget), grant.terms, grant.public_id)


@transaction.atomic
def take(*, grant_id: UUID, organization_id: UUID, order_id: UUID, discount: Money, at: datetime) -> Grant:
    """
    Let an order take an offer, once. Whether it fits the line, the caller asked `fits`.

    Raises: GrantNotThere.
    """
    grant: Grant | None = Grant.objects.filter(organization_id=organization_id, pk=grant_id).locked().first()
    if grant is None or grant.standing(at=at) is not Standing.OPEN:
        raise GrantNotThere
    grant.use(order_id=order_id, discount=discount, at=at)
    return grant


@transaction.atomic
def give_back(*, order_id: UUID, organization_id: UUID) -> int:
    """Let an order that ended unpaid give back the offers it took; return how many."""
    taken = Grant.objects.filter(organization_id=organization_id, order_id=order_id).locked()
    for grant in list(taken):
        grant.free()
    return len(taken)
