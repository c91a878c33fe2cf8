"""Forecast and spending: what was paid in twelve months, and what will be charged in the next. Source: SPEC 5.8."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from plancia.billing import numbering
from plancia.kernel.money import Money
from plancia.kernel.periods import Period, months_after
from plancia.organizations.models import Organization
from plancia.subscriptions import discounts, frequencies, renewal
from plancia.subscriptions.models import Subscription, Term
from plancia.subscriptions.states import SubscriptionState

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Charge:
    """A renewal that will be charged. Units: `net` before tax, at today's prices and with the discounts that run."""

    on: date
    public_id: str
    name: str
    type_code: str
    period: Period
    is_renewing: bool
    net: Money


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month: what was paid, or will be charged, by product type. Units: net."""

    month: date
    is_coming: bool
    by_type: Mapping[str, Money]
    total: Money


def months(organization: Organization, charges: Sequence[Charge], *, at: datetime) -> list[MonthRow]:
    """
    Return the twelve months before this one, this one, and those that `charges` fall into, in order. One query.

    In the organization's currency. What was paid back counts as not spent. This month has what was paid and what comes.
    """
    currency, today = organization.currency, numbering.civil_date(at)
    zone = timezone.get_default_timezone()
    first = _months_from(today, -MONTHS)
    start = datetime(first.year, first.month, 1, tzinfo=zone)
    paid = (
        Term.objects.filter(organization=organization, currency=currency, paid_at__gte=start, withdrawn_at=None)
        .annotate(month=TruncMonth("paid_at", tzinfo=zone))
        .order_by()
        .values("month", "subscription__product_type")
        .annotate(sum=Sum(F("net_minor") - F("credited_minor")))
    )
    sums: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in paid:
        sums[row["month"].date()][row["subscription__product_type"]] += row["sum"]
    for charge in charges:
        if charge.net.currency == currency:
            sums[charge.on.replace(day=1)][charge.type_code] += charge.net.minor
    result = []
    for number in range(-MONTHS, MONTHS + 1):
        month = _months_from(today, number)
        by_type = {code: Money(minor, currency) for code, minor in sorted(sums[month].items()) if minor}
        result.append(MonthRow(month, number >= 0, by_type, Money.total(by_type.values(), currency)))
    return result


def charges(organization: Organization, *, at: datetime) -> list[Charge]:
    """
    Return what will be charged in the next twelve months, in order: every term that is not paid and begins by then.

    A term that is overdue counts today. Products that are given up are not there, nor what costs nothing. Changes that
    wait and discounts that run are in it; prices are today's. Four queries, whatever the number of products.
    """
    until, today = months_after(at, MONTHS), numbering.civil_date(at)
    held: list[Subscription] = list(
        Subscription.objects.filter(organization=organization, paid_until__lt=until)
        .exclude(state=SubscriptionState.TERMINATED)
        .filter(~renewal.waiting_cancellation())
        .select_related("plan__product_type", "price")
        .order_by("paid_until", "pk")
    )
    going_on = frequencies.present(held, at=at)
    offered = {
        term.subscription_id: term
        for term in Term.objects.filter(organization=organization, paid_at=None, withdrawn_at=None)
    }
    drafts: list[Term] = []
    for one in held:
        conditions = going_on[one.pk]
        if not conditions.net or one.anchor_at is None or one.paid_until is None:
            continue
        count = -(-MONTHS // conditions.months) + 1
        periods = renewal.periods_after(one.anchor_at, one.paid_until, months=conditions.months, count=count)
        drafts += [renewal.draft(one, conditions, period, at=at) for period in periods if period.starts_at < until]
    discounts.reduce_ahead(drafts, offers=offered)
    return sorted(
        (
            Charge(
                on=max(numbering.civil_date(term.starts_at), today),
                public_id=term.subscription.public_id,
                name=term.subscription.name,
                type_code=term.subscription.product_type,
                period=term.period,
                is_renewing=term.subscription.is_renewing,
                net=term.net,
            )
            for term in drafts
            if term.net_minor
        ),
        key=lambda charge: (charge.on, charge.name, charge.public_id),
    )


def _months_from(day: date, number: int) -> date:
    place = day.year * 12 + day.month - 1 + number
    return date(place // 12, place % 12 + 1, 1)
