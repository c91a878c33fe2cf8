"""
Coverage: whether the prepaid account can pay the renewals it is to pay. Customers hear beforehand of what it lacks.

Source: SPEC 6.4
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from plancia.billing import numbering
from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import events
from plancia.subscriptions.models import Attempt, ShortageWarning, Term
from plancia.subscriptions.timeline import timeline
from plancia.wallet import chart

#: How many organizations are looked at together.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    What stands on a prepaid account, and what open invoices of renewals will be collected from it.

    `first_on` is when the first of them is collected; `uncovered` are the public ids of those that cannot be paid when
    the account pays one after the other what it can, as collecting does.
    """

    balance: Money
    planned: Money
    uncovered: Sequence[str]
    first_on: date | None

    @property
    def missing(self) -> Money:
        """What has to be added for all of them to be paid; nothing, where the balance will do."""
        return max(self.planned - self.balance, Money.zero(self.balance.currency))


def of(organization: Organization, *, at: datetime) -> Coverage:
    """Return what is on the prepaid account and what it is to pay: one query, however much that is."""
    return _read([organization], at=at)[organization.pk]


def warn_due(*, at: datetime) -> int:
    """
    Warn, as staff, of renewals that prepaid accounts will not cover; return how many organizations were warned.

    Once for each invoice, and before the first attempt to collect it: afterwards each attempt speaks for itself.
    """
    owners = (
        Term.objects.filter(paid_at=None, withdrawn_at=None, subscription__is_renewing=True)
        .exclude(invoice="")
        .order_by("organization_id")
        .values_list("organization_id", flat=True)
        .distinct()
    )
    keys = list(owners)
    return sum(_warn(keys[start : start + _BATCH], at=at) for start in range(0, len(keys), _BATCH))


@transaction.atomic
def _warn(keys: Sequence[UUID], *, at: datetime) -> int:
    # A lock on each, so that two runs do not both warn.
    organizations = list(Organization.objects.filter(pk__in=keys).order_by("pk").locked())
    short = {key: one for key, one in _read(organizations, at=at).items() if one.uncovered}
    invoices = [invoice for one in short.values() for invoice in one.uncovered]
    known = {*ShortageWarning.objects.filter(invoice__in=invoices).values_list("invoice", flat=True)}
    tried = {*Attempt.objects.filter(invoice__in=invoices).values_list("invoice", flat=True)}
    news = {key: [invoice for invoice in one.uncovered if invoice not in known | tried] for key, one in short.items()}
    ShortageWarning.objects.bulk_create(
        ShortageWarning(organization_id=key, invoice=invoice, warned_at=at) for key in news for invoice in news[key]
    )
    told = [_told(key, news[key][0], one, at=at) for key, one in short.items() if news[key]]
    facts.publish_all(told)
    return len(told)


def _told(organization_id: UUID, invoice: str, short: Coverage, *, at: datetime) -> events.PrepaidRunsShort:
    assert short.first_on is not None  # something is planned
    return events.PrepaidRunsShort(
        organization_id=organization_id,
        happened_at=at,
        invoice=invoice,
        planned=short.planned,
        missing=short.missing,
        first_on=short.first_on,
    )


def _read(organizations: Sequence[Organization], *, at: datetime) -> dict[UUID, Coverage]:
    keys = [one.pk for one in organizations]
    codes = [chart.prepaid(one.public_id, one.currency) for one in organizations]
    with transaction.connection().cursor() as cursor:
        cursor.execute(_COVERAGE, {"keys": keys, "codes": codes, "currencies": [one.currency for one in organizations]})
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    return {one.pk: _coverage(one, *rows[one.pk], at=at) for one in organizations}


def _coverage(
    organization: Organization,
    balance: int,
    invoices: Sequence[str],
    amounts: Sequence[int],
    starts_at: datetime | None,
    *,
    at: datetime,
) -> Coverage:
    left, uncovered = balance, []
    for invoice, amount in zip(invoices, amounts, strict=True):
        if amount <= left:
            left -= amount
        else:
            uncovered.append(invoice)
    collected_at = max(timeline(organization).attempts(starts_at)[0], at) if starts_at else None
    return Coverage(
        Money(balance, organization.currency),
        Money(sum(amounts), organization.currency),
        uncovered,
        numbering.civil_date(collected_at) if collected_at else None,
    )


# What pays for the first term of an invoice pays for all of it, and one product that does not renew itself keeps it
# back: subscriptions.collection. In another currency the account has nothing, which topping up would not change.
_COVERAGE = """
with asked as (
    select * from unnest(%(keys)s::uuid[], %(codes)s::text[], %(currencies)s::text[]) as asked (id, code, currency)
), offered as (
    select t.organization_id, t.invoice, min(t.starts_at) as starts_at
    from subscriptions_term t
    join subscriptions_subscription s on s.id = t.subscription_id
    left join payments_profile chosen on chosen.id = s.profile_id
    left join payments_profile usual on usual.organization_id = t.organization_id and usual.is_default
    where t.organization_id = any (%(keys)s) and t.paid_at is null and t.withdrawn_at is null and t.invoice <> ''
    group by t.organization_id, t.invoice
    having bool_and(s.is_renewing)
        and (array_agg(coalesce(chosen.method, usual.method, 'prepaid') order by t.starts_at, t.id))[1] = 'prepaid'
), planned as (
    select o.organization_id, o.invoice, o.starts_at, i.total_minor - coalesce(
        (select sum(amount_minor) from billing_settlement where invoice_id = i.id), 0
    ) as amount
    from offered o
    join asked a on a.id = o.organization_id
    join billing_invoice i on i.id = key_of_public_id(o.invoice) and i.state = 'open' and i.currency = a.currency
)
select a.id, coalesce(-min(l.balance_minor), 0)::bigint,
    coalesce(array_agg(p.invoice order by p.starts_at, p.invoice) filter (where p.invoice is not null), '{}'),
    coalesce(array_agg(p.amount::bigint order by p.starts_at, p.invoice) filter (where p.invoice is not null), '{}'),
    min(p.starts_at)
from asked a
left join ledger_account l on l.code = a.code
left join planned p on p.organization_id = a.id
group by a.id
"""
