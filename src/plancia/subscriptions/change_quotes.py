"""
Change quotes: what another plan, quantity or frequency costs and gives back, before it is done.

Source: SPEC 5.6 and 5.7, docs/decisions/0031-no-day-is-paid-twice.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.billing import credit_notes, numbering, parties, vat
from plancia.billing.models import Invoice, Line
from plancia.catalog import queries as catalog
from plancia.catalog.models import Plan, Price
from plancia.kernel import ids
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.kernel.refusals import Refusal
from plancia.subscriptions import frequencies, proration, renewal
from plancia.subscriptions.frequencies import Conditions
from plancia.subscriptions.models import Cancellation, Subscription, Term
from plancia.subscriptions.proration import Share
from plancia.subscriptions.states import SubscriptionState

#: How long a quote for a change now stands.
STANDS = timedelta(hours=1)


class When(StrEnum):
    NEXT_TERM = "next_term"
    NOW = "now"


class NotChangeable(Refusal):
    """The product is not in a state in which its conditions can change."""

    code = "not_changeable"
    sentence = _("%(name)s cannot be changed now: it must be active, paid and not cancelled.")


class NothingChanges(Refusal):
    """What is asked for is what there is."""

    code = "nothing_changes"
    sentence = _("This is what you have already. Please choose something else.")


class PlanNotOffered(Refusal):
    """The plan is not sold, is of another type, or cannot be had for these months or in this quantity."""

    code = "change_not_offered"
    sentence = _("This offer cannot be had with that frequency and quantity.")
    field = "plan"


class BelowMinimum(Refusal):
    """The catalogue sells this frequency only above an amount."""

    code = "below_minimum"
    sentence = _("With this frequency, an invoice is at least %(minimum)s.")
    field = "months"


class QuoteChanged(Refusal):
    """What would be done now is not what was shown."""

    code = "quote_changed"
    sentence = _("Prices or the product have changed meanwhile. Please look at the new figures.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a product is to become."""

    plan: str  # its code
    months: int
    quantity: int
    when: When


@dataclass(frozen=True, slots=True)
class Credit:
    """What is given back for a paid term. Units: `net` before tax."""

    term: Term
    share: Share
    net: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """
    What a change costs and gives back, to the cent. Executed, it does exactly this.

    Units: `credited` with tax, over all credit notes; `totals` of the new invoice, of the next term where the change
    comes with it.
    """

    subscription: Subscription
    wish: Wish
    at: datetime
    conditions: Conditions
    period: Period
    shares: Sequence[Share]  # of whole terms, that the new conditions are charged for
    credits: Sequence[Credit]
    credited: Money
    net: Money
    tax: vat.Tax
    totals: vat.Totals

    @property
    def total(self) -> Money:
        """What is to be paid now; nothing where the credit covers it, or the change comes later."""
        zero = Money.zero(self.credited.currency)
        return zero if self.wish.when is When.NEXT_TERM else max(self.totals.total - self.credited, zero)

    @property
    def back(self) -> Money:
        """What goes to the prepaid account and stays there."""
        zero = Money.zero(self.credited.currency)
        return zero if self.wish.when is When.NEXT_TERM else max(self.credited - self.totals.total, zero)

    @property
    def as_json(self) -> dict[str, Any]:
        """What was shown, for the comparison."""
        return {
            "subscription": self.subscription.public_id,
            "wish": [self.wish.plan, self.wish.months, self.wish.quantity, self.wish.when.value],
            "from": [self.subscription.plan_id.hex, self.subscription.months, self.subscription.quantity],
            "period": [self.period.starts_at.isoformat(), self.period.ends_at.isoformat()],
            "credits": [[one.term.public_id, one.share.days, one.share.of, one.net.minor] for one in self.credits],
            "credited": self.credited.minor,
            "price": self.conditions.price.pk.hex,
            "net": self.net.minor,
            "total": self.totals.total.minor,
            "tax": [str(self.tax.category), str(self.tax.rate), self.tax.country],
        }


def quote(*, subscription_id: UUID, wish: Wish, at: datetime, priced_at: datetime | None = None) -> Quote:
    """
    Return what a change costs, as of `at`, at the prices of `priced_at` or the same instant.

    Another frequency now begins a whole new term today, which is the new anchor. Another plan or quantity at the same
    frequency keeps the day on which the term ends, and is charged for the days until then.

    Units: days are civil days of the provider; net amounts are rounded once for each term.
    Raises: NotChangeable; NothingChanges; PlanNotOffered; BelowMinimum.
    """
    subscription: Subscription = Subscription.objects.select_related("plan__product_type", "price", "organization").get(
        pk=subscription_id
    )
    _require_changeable(subscription, at=at)
    conditions = _conditions(subscription, wish, at=priced_at or at)
    buyer = parties.buyer(subscription.organization)
    tax = vat.tax_for(buyer, on=numbering.civil_date(at), seller=parties.seller_for(buyer.country))
    anchor, end = subscription.anchor_at, subscription.paid_until
    assert anchor and end  # it is changeable
    if wish.when is When.NEXT_TERM:
        (period,) = renewal.periods_after(anchor, end, months=wish.months, count=1)
        shares, credits = [proration.WHOLE], []
    elif wish.months != subscription.months:
        period, shares = Period.term(at, after_months=0, months=wish.months), [proration.WHOLE]
        credits = _credits(subscription, at=at)
    else:
        period, credits = Period(at, end), _credits(subscription, at=at)
        shares = proration.shares(anchor, end, months=wish.months, at=at)
    net = conditions.net.times(sum(share.fraction for share in shares))
    totals = vat.totals([net], tax, subscription.currency)
    return Quote(
        subscription=subscription,
        wish=wish,
        at=at,
        conditions=conditions,
        period=period,
        shares=shares,
        credits=credits,
        credited=_worth(credits, subscription.currency),
        net=net,
        tax=tax,
        totals=totals,
    )


def require_same(
    shown: dict[str, Any], *, subscription_id: UUID, wish: Wish, quoted_at: datetime, at: datetime
) -> Quote:
    """
    Return the quote that was shown, made again from what is in the database now.

    Raises: QuoteChanged, when it is another one, or too old.
    """
    if not quoted_at <= at <= quoted_at + STANDS:
        raise QuoteChanged()
    try:
        made = quote(subscription_id=subscription_id, wish=wish, at=quoted_at, priced_at=at)
    except Refusal as refusal:
        raise QuoteChanged() from refusal
    if made.as_json != shown:
        raise QuoteChanged()
    return made


def choices(subscription: Subscription) -> list[Plan]:
    """Return the plans that a product may change to: those of its type that are sold, and its own."""
    kind = subscription.plan.product_type
    # Where the plan is the ending of a domain name, another plan is another name.
    if any(setting.get("ending_from_plan") for setting in kind.settings):
        return [subscription.plan]
    sold = catalog.plans_of(kind.code)
    return sold if subscription.plan in sold else [subscription.plan, *sold]


def _require_changeable(subscription: Subscription, *, at: datetime) -> None:
    waiting = Cancellation.objects.filter(subscription=subscription, ended_at=None, withdrawn_at=None)
    paid_until = subscription.paid_until
    if subscription.state != SubscriptionState.ACTIVE or paid_until is None or paid_until <= at or waiting.exists():
        raise NotChangeable(name=subscription.name)


def _conditions(subscription: Subscription, wish: Wish, *, at: datetime) -> Conditions:
    plan = next((one for one in choices(subscription) if one.code == wish.plan), None)
    if plan is None or not 1 <= wish.quantity <= max(plan.max_quantity, subscription.quantity):
        raise PlanNotOffered()
    present = (subscription.plan_id, subscription.months, subscription.quantity)
    if present == (plan.pk, wish.months, wish.quantity):
        raise NothingChanges()
    price = catalog.price_in_force(plan, currency=subscription.currency, months=wish.months, at=at)
    if price is None and (plan.pk, wish.months) == (subscription.plan_id, subscription.months):
        price = subscription.price
    if price is None:
        raise PlanNotOffered()
    _require_minimum(plan, price, wish, is_other=wish.months != subscription.months)
    return Conditions(plan, wish.months, wish.quantity, price)


def _require_minimum(plan: Plan, price: Price, wish: Wish, *, is_other: bool) -> None:
    minimum = frequencies.minimum(plan.product_type, price.currency, wish.months)
    if is_other and minimum is not None and price.amount.times(wish.quantity) < minimum:
        raise BelowMinimum(minimum=minimum)


def _credits(subscription: Subscription, *, at: datetime) -> list[Credit]:
    """What is unused of the paid terms, the present one and those paid ahead."""
    terms = Term.objects.filter(subscription=subscription, withdrawn_at=None, paid_at__isnull=False, ends_at__gt=at)
    result = []
    for term in terms.order_by("starts_at"):
        share = proration.unused(term.period, at)
        result.append(Credit(term, share, term.net.times(share.fraction)))
    return result


def _worth(credits: Sequence[Credit], currency: str) -> Money:
    """What the credit notes are worth together, with tax."""
    notes = [credit_notes.worth(invoice_id=key, nets=nets) for key, nets in nets_by_invoice(credits).items()]
    return Money.total((note.net + note.tax for note in notes), currency)


def nets_by_invoice(credits: Sequence[Credit]) -> dict[UUID, dict[UUID, Money]]:
    """What is taken back of each line, by invoice."""
    found: dict[UUID, dict[UUID, Money]] = defaultdict(dict)
    for one in credits:
        invoice = ids.parse(Invoice.prefix, one.term.invoice)
        if invoice is None or not one.net:
            continue
        subject = ids.public(Subscription.prefix, one.term.subscription_id)
        line = Line.objects.get(invoice=invoice, subject=subject, starts_at=one.term.starts_at)
        found[invoice][line.pk] = one.net
    return found
