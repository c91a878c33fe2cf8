"""
Discounts: what is taken off the first terms of a product, as it was promised when it was ordered.

The shop gives a discount with the product; renewals ask here what is left of it. It holds for the plan and the
frequency that it was given for: another one is another price.

Source: docs/decisions/0040-discounts-stay-with-the-product.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from babel.numbers import format_decimal
from django.db.models import Count, Q, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from plancia.billing.wording import Wording
from plancia.kernel.money import Money
from plancia.subscriptions.models import Discount, Subscription, Term


@dataclass(frozen=True, slots=True)
class Reduction:
    """
    What is taken off the price of a term: a share of it, or an amount; never more than the price, nor than `most`.

    `code` is the promo code that gives it; empty where it is a complimentary offer.

    Units: `percent` of the net price; `amount` net, for the whole line and one term.
    """

    percent: Decimal = Decimal(0)
    amount: Money | None = None
    most: Money | None = None
    code: str = ""

    def of(self, gross: Money) -> Money:
        """Return what is taken off `gross`. An amount in another currency takes nothing."""
        if self.amount is not None:
            off = self.amount if self.amount.currency == gross.currency else Money.zero(gross.currency)
        else:
            off = gross.times(Fraction(self.percent) / 100)
        if self.most is not None:
            off = min(off, self.most) if self.most.currency == gross.currency else Money.zero(gross.currency)
        return max(min(off, gross), Money.zero(gross.currency))

    def words(self, language: str | None = None) -> str:
        """Return how it is explained on orders and invoices: "Promo code SPRING: −20 %"."""
        with translation.override(language or translation.get_language()):
            if not self.code:
                return _("Complimentary offer")
            if self.amount is not None:
                off = Wording.of(translation.get_language() or "en", "").money(self.amount)
                return _("Promo code %(code)s: %(off)s off") % {"code": self.code, "off": off}
            if self.percent >= 100:
                return _("Promo code %(code)s: free") % {"code": self.code}
            share = format_decimal(self.percent, locale=(translation.get_language() or "en").replace("-", "_"))
            return _("Promo code %(code)s: %(percent)s %% off") % {"code": self.code, "percent": share}


@dataclass(frozen=True, slots=True)
class Promise:
    """A reduction of the first `terms` terms. `source` is the public id of what promised it."""

    reduction: Reduction
    terms: int
    source: str


def give(promise: Promise, subscription: Subscription, *, at: datetime) -> Discount:
    """Keep a promise with the product that it was made for. Part of activation, in its transaction."""
    reduction = promise.reduction
    made: Discount = Discount.objects.create(
        organization_id=subscription.organization_id,
        subscription=subscription,
        plan_id=subscription.plan_id,
        months=subscription.months,
        terms=promise.terms,
        percent=reduction.percent if reduction.amount is None else None,
        amount_minor=reduction.amount.minor if reduction.amount is not None else None,
        most_minor=reduction.most.minor if reduction.most is not None else None,
        currency=subscription.currency,
        code=reduction.code,
        source=promise.source,
        given_at=at,
    )
    return made


def left(subscriptions: Sequence[Subscription]) -> dict[UUID, tuple[Discount, Reduction]]:
    """
    Return the discounts that the next terms of these products have, by product. One query, whatever their number.

    A term that was offered and taken back does not count.
    """
    held = {subscription.pk: subscription for subscription in subscriptions}
    result: dict[UUID, tuple[Discount, Reduction]] = {}
    for discount in _given(list(held)):
        subscription = held[discount.subscription_id]
        is_same = discount.plan_id == subscription.plan_id and discount.months == subscription.months
        if is_same and discount.used < discount.terms:
            result[subscription.pk] = (discount, reduction_of(discount, spent=discount.spent or 0))
    return result


def reduce_ahead(drafts: Sequence[Term], *, offers: Mapping[UUID, Term]) -> None:
    """
    Take what is promised off terms that are not written yet, in their order, several of a product one after the other.

    `offers` are open terms by product, which these replace: what they use of a discount is free again. One query.
    """
    found = list(_given(sorted({term.subscription_id for term in drafts})))
    by_product: dict[UUID, list[Term]] = defaultdict(list)
    for term in drafts:
        by_product[term.subscription_id].append(term)
    for discount in found:
        offer = offers.get(discount.subscription_id)
        is_used = offer is not None and offer.discount_id == discount.pk
        used = discount.used - is_used
        spent = (discount.spent or 0) - (offer.discount_minor if offer and is_used else 0)
        for term in by_product[discount.subscription_id]:
            is_meant = (term.plan_id, term.months) == (discount.plan_id, discount.months)
            if is_meant and used < discount.terms:
                reduce(term, discount, reduction_of(discount, spent=spent))
                used, spent = used + 1, spent + term.discount_minor


def _given(subscription_ids: Sequence[UUID]) -> Any:  # a queryset of Discount, annotated
    """With how often each was used, and for how much, by terms that stand."""
    stands = Q(discounted_terms__withdrawn_at=None)
    found = Discount.objects.filter(subscription__any_of=subscription_ids)
    return found.annotate(
        used=Count("discounted_terms", filter=stands), spent=Sum("discounted_terms__discount_minor", filter=stands)
    ).order_by("given_at", "pk")


def reduce(term: Term, discount: Discount, reduction: Reduction) -> None:
    """Take a discount off a term that is being written. The caller saves."""
    off = reduction.of(term.net)
    term.discount, term.discount_minor = discount, off.minor
    term.net_minor -= off.minor


def reduction_of(discount: Discount, *, spent: int = 0) -> Reduction:
    """Return what a discount takes off a term, where `spent` minor units of its limit are used up."""
    most = None if discount.most_minor is None else Money(max(discount.most_minor - spent, 0), discount.currency)
    amount = None if discount.amount_minor is None else Money(discount.amount_minor, discount.currency)
    return Reduction(discount.percent or Decimal(0), amount, most, discount.code)
