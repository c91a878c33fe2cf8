"""
Codes: whether a promo code holds for a buyer and a line, and how an order takes it and gives it back.

A refusal says what stands in the way. Of several lines and rules, `best` is the one that the buyer came closest to.
Source: docs/decisions/0041-promo-codes-counted-by-the-database.md, SPEC 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.db.utils import IntegrityError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from plancia.catalog.models import Plan, ProductType
from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.promotions import spelling
from plancia.promotions.models import Campaign, Code, CodeUse
from plancia.promotions.states import Kind
from plancia.subscriptions.discounts import Promise, Reduction
from plancia.subscriptions.models import Subscription


class CodeRefused(Refusal):
    """A promo code that is not taken. `closeness` ranks refusals: the highest came closest to being none."""

    code = "promo_refused"
    sentence = _("This promo code cannot be used.")
    field = "code"
    closeness: ClassVar[int] = 0


class CodeUnknown(CodeRefused):
    code = "promo_unknown"
    sentence = _("There is no promo code “%(text)s”. Please check its letters and digits.")


class CodeNotYet(CodeRefused):
    code = "promo_not_yet"
    sentence = _("The code %(text)s can be used from %(day)s.")
    closeness = 1


class CodeExpired(CodeRefused):
    code = "promo_expired"
    sentence = _("The code %(text)s could be used until %(day)s.")
    closeness = 1


class CodeWithdrawn(CodeRefused):
    code = "promo_withdrawn"
    sentence = _("The code %(text)s is not valid any more.")
    closeness = 1


class CodeUsedUp(CodeRefused):
    code = "promo_used_up"
    sentence = _("The code %(text)s has been used as often as it may.")
    closeness = 2


class CodeUsedByYou(CodeRefused):
    code = "promo_used_by_you"
    sentence = _("The code %(text)s was used before: it holds %(times)s for each organization.")
    closeness = 3


class CodeForNewCustomers(CodeRefused):
    code = "promo_for_new_customers"
    sentence = _("The code %(text)s is for new customers, who have no product yet.")
    closeness = 3


class CodeForOtherCurrency(CodeRefused):
    code = "promo_for_other_currency"
    sentence = _("The code %(text)s does not hold for prices in %(currency)s.")
    closeness = 3


class CodeForOtherTypes(CodeRefused):
    code = "promo_for_other_types"
    sentence = _("The code %(text)s holds for: %(names)s. None of that is in your cart.")
    closeness = 4


class CodeForOtherPlans(CodeRefused):
    code = "promo_for_other_plans"
    sentence = _("The code %(text)s holds for: %(names)s. Please choose that plan.")
    closeness = 5


class CodeForOtherFrequencies(CodeRefused):
    code = "promo_for_other_frequencies"
    sentence = _("The code %(text)s holds for the frequency %(months)s months. Please choose that frequency.")
    closeness = 6


class CodeBelowMinimum(CodeRefused):
    code = "promo_below_minimum"
    sentence = _("The code %(text)s holds from %(minimum)s without VAT; your cart comes to %(present)s.")
    closeness = 7


class CodeTakesNothing(CodeRefused):
    code = "promo_takes_nothing"
    sentence = _("What is in your cart is free already: the code %(text)s would change nothing.")
    closeness = 7


class LineHasCode(CodeRefused):
    code = "promo_line_has_code"
    sentence = _("Every product that the code %(text)s fits has a discount already: one for each product.")
    closeness = 8


class CodeInCart(CodeRefused):
    code = "promo_in_cart"
    sentence = _("The code %(text)s is applied already.")
    closeness = 9


@dataclass(frozen=True, slots=True)
class Buyer:
    """
    Who would use a code: `organization_id` is None for one that its first order founds.

    `owns_another` says of such a one that its founder has an organization already.
    """

    organization_id: UUID | None
    currency: str
    owns_another: bool = False

    def is_new(self) -> bool:
        """Say whether it is a new customer: one that has no product, and never had one."""
        if self.organization_id is None:
            return not self.owns_another
        return not Subscription.objects.filter(organization_id=self.organization_id).exists()


@dataclass(frozen=True, slots=True)
class Item:
    """A line that a code may reduce. Units: `gross` is its price for one term before any discount, net of tax."""

    plan: Plan
    months: int
    gross: Money


def find(text: str) -> Code:
    """Return the code that somebody typed. Raises: CodeUnknown."""
    key = spelling.key(text)
    found: Code | None = Code.objects.filter(key=key).select_related("campaign").first() if key else None
    if found is None:
        raise CodeUnknown(text=spelling.printed(text))
    return found


def check(code: Code, buyer: Buyer, *, items: Sequence[Item], taken: int = 0, at: datetime) -> None:
    """
    Say whether a buyer may use a code at all; whether it fits a line, `check_item` says.

    Units: `taken` is how many lines of the same cart have a code of this campaign already.
    Raises: CodeRefused, a subclass that says why.
    """
    campaign, text = code.campaign, code.text
    if campaign.closed_at:
        raise CodeWithdrawn(text=text)
    if at < campaign.starts_at:
        raise CodeNotYet(text=text, day=_day(campaign.starts_at))
    if campaign.ends_at and campaign.ends_at <= at:
        raise CodeExpired(text=text, day=_day(campaign.ends_at))
    if code.most is not None and code.used + taken >= code.most:
        raise CodeUsedUp(text=text)
    if campaign.for_new_customers and not buyer.is_new():
        raise CodeForNewCustomers(text=text)
    if campaign.per_organization is not None:
        used = taken + (_uses_by(campaign, buyer.organization_id).count() if buyer.organization_id else 0)
        if used >= campaign.per_organization:
            raise CodeUsedByYou(text=text, times=f"{campaign.per_organization}×")
    if campaign.is_amount and buyer.currency not in campaign.amounts:
        raise CodeForOtherCurrency(text=text, currency=buyer.currency)
    if campaign.minimums:
        if buyer.currency not in campaign.minimums:
            raise CodeForOtherCurrency(text=text, currency=buyer.currency)
        minimum = Money(campaign.minimums[buyer.currency], buyer.currency)
        present = Money.total([item.gross for item in items], buyer.currency)
        if present < minimum:
            raise CodeBelowMinimum(text=text, minimum=minimum, present=present)


def check_item(code: Code, item: Item) -> None:
    """Say whether a code fits a line. Raises: CodeRefused, a subclass that says why."""
    campaign, text = code.campaign, code.text
    if campaign.types and item.plan.product_type.code not in campaign.types:
        names = [one.name for one in ProductType.objects.filter(code__in=campaign.types).order_by("position", "pk")]
        raise CodeForOtherTypes(text=text, names=", ".join(names))
    if campaign.plans and item.plan.code not in campaign.plans:
        plans = Plan.objects.filter(code__in=campaign.plans).select_related("product_type").order_by("position", "pk")
        raise CodeForOtherPlans(text=text, names=", ".join(plan.title for plan in plans))
    if campaign.months and item.months not in campaign.months:
        raise CodeForOtherFrequencies(text=text, months=", ".join(str(months) for months in sorted(campaign.months)))
    if not item.gross:
        raise CodeTakesNothing(text=text)


def best(refusals: Sequence[CodeRefused]) -> CodeRefused:
    """Return the refusal that the buyer came closest to mending."""
    return max(refusals, key=lambda refusal: refusal.closeness)


def promise(code: Code, currency: str) -> Promise:
    """Return what a code takes off the terms of a product, in that currency."""
    campaign = code.campaign
    if campaign.is_amount:
        reduction = Reduction(amount=Money(campaign.amounts[currency], currency), code=code.text)
    else:
        percent = Decimal(100) if campaign.kind == Kind.FREE else campaign.percent or Decimal(0)
        reduction = Reduction(percent, code=code.text)
    return Promise(reduction, campaign.terms, code.public_id)


@transaction.atomic
def take(*, code_id: UUID, organization_id: UUID, order_id: UUID, discount: Money, at: datetime) -> CodeUse:
    """
    Let an order take a code. The database counts: a code for a hundred is taken a hundred times, never once more.

    The caller holds the organization's lock, and asked `check` before.

    Raises: CodeUsedUp, CodeUsedByYou.
    """
    code = Code.objects.select_related("campaign").get(pk=code_id)
    slots = code.campaign.per_organization
    slot = None
    if slots is not None:
        taken = set(_uses_by(code.campaign, organization_id).values_list("slot", flat=True))
        slot = next((place for place in range(1, slots + 1) if place not in taken), None)
        if slot is None:
            raise CodeUsedByYou(text=code.text, times=f"{slots}×")
    try:
        with transaction.atomic():
            use: CodeUse = CodeUse.objects.create(
                organization_id=organization_id,
                campaign=code.campaign,
                code=code,
                order_id=order_id,
                slot=slot,
                slots=slots,
                discount_minor=discount.minor,
                currency=discount.currency,
                taken_at=at,
            )
    except IntegrityError as error:
        if "code_used_at_most" in str(error):
            raise CodeUsedUp(text=code.text) from None
        if "use_slot_once" in str(error):
            raise CodeUsedByYou(text=code.text, times=f"{slots}×") from None
        raise
    return use


@transaction.atomic
def give_back(*, order_id: UUID, organization_id: UUID, at: datetime) -> int:
    """Let an order that ended unpaid give back what it took; return how many codes that were."""
    taken = CodeUse.objects.filter(organization_id=organization_id, order_id=order_id, returned_at=None)
    # One by one and in order, so that two that give back the same codes do not wait for each other in a circle.
    given = 0
    for key in list(taken.order_by("code_id", "pk").values_list("pk", flat=True)):
        given += taken.filter(pk=key).update(returned_at=at)
    return given


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT")


def _uses_by(campaign: Campaign, organization_id: UUID) -> QuerySet[CodeUse]:
    found: QuerySet[CodeUse] = CodeUse.objects.filter(
        organization_id=organization_id, campaign=campaign, returned_at=None
    )
    return found
