"""Reports of the provider's accountants, over all organizations: asked as the role *staff* only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise

from plancia.billing import chart
from plancia.billing.vat_rules import Code
from plancia.kernel import ids, transaction
from plancia.kernel.money import Money
from plancia.kernel.pages import SIZE, Page
from plancia.organizations.models import Organization


@dataclass(frozen=True, slots=True)
class VatRow:
    """What was billed under one rate in some days, credit notes taken off. Units: `rate` in percent."""

    entity: str
    country: str
    category: str
    rate: Decimal
    rule: str | Promise
    currency: str
    invoices: int
    credit_notes: int
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class TaxDue:
    """What a legal entity owes a country by its documents, and what the ledger says of the same days."""

    entity: str
    country: str
    documents: Money
    ledger: Money

    @property
    def agrees(self) -> bool:
        return self.documents == self.ledger


def vat(first_on: date, last_on: date) -> list[VatRow]:
    """Return the VAT of all documents issued from one day to another, both included: one query."""
    rows = _rows(
        """
        select i.entity, row ->> 'country', row ->> 'category', (row ->> 'rate')::numeric, coalesce(row ->> 'rule', ''),
               i.currency, count(*) filter (where i.kind = 'invoice'), count(*) filter (where i.kind = 'credit_note'),
               sum((row ->> 'net_minor')::bigint * case i.kind when 'invoice' then 1 else -1 end),
               sum((row ->> 'tax_minor')::bigint * case i.kind when 'invoice' then 1 else -1 end)
        from billing_invoice i cross join lateral jsonb_array_elements(i.taxes) row
        where i.issued_on between %(first)s and %(last)s
        group by 1, 2, 3, 4, 5, 6 order by 1, 2, 6, 3, 4, 5""",
        {"first": first_on, "last": last_on},
    )
    return [
        VatRow(
            entity=entity,
            country=country,
            category=category,
            rate=rate,
            rule=Code(rule).label if rule else "",
            currency=currency,
            invoices=invoices,
            credit_notes=notes,
            net=Money(int(net), currency),
            tax=Money(int(tax), currency),
        )
        for entity, country, category, rate, rule, currency, invoices, notes, net, tax in rows
    ]


def taxes_due(first_on: date, last_on: date) -> list[TaxDue]:
    """Return what is owed to each country, by the documents of some days and by the entries of the same days."""
    by_documents: dict[str, Money] = {}
    names: dict[str, tuple[str, str]] = {}
    for row in vat(first_on, last_on):
        code = chart.tax(row.country, row.currency, row.entity)
        names[code] = (row.entity, row.country)
        by_documents[code] = by_documents.get(code, Money.zero(row.currency)) + row.tax
    booked = _rows(
        """
        select a.code, a.currency, -sum(e.amount_minor)
        from ledger_account a join ledger_entry e on e.account_id = a.id
        join ledger_transaction t on t.id = e.transaction_id
        where a.code like 'tax:%%' and t.booked_at >= %(begins)s and t.booked_at < %(ends)s
        group by a.code, a.currency""",
        {"begins": _midnight(first_on), "ends": _midnight(last_on + timedelta(days=1))},
    )
    by_ledger = {code: Money(int(minor), currency) for code, currency, minor in booked}
    due = []
    for code in sorted(by_documents.keys() | by_ledger.keys()):
        parts = code.split(":")
        entity, country = names.get(code, (parts[1] if len(parts) == 4 else "", parts[-2]))
        zero = Money.zero(parts[-1])
        one = TaxDue(entity, country, by_documents.get(code, zero), by_ledger.get(code, zero))
        if one.documents or one.ledger:
            due.append(one)
    return due


@dataclass(frozen=True, slots=True)
class Ages:
    """What is owed, by how long it is overdue. Units: days; all of one currency."""

    not_due: Money
    up_to_30: Money
    up_to_60: Money
    up_to_90: Money
    older: Money

    @property
    def total(self) -> Money:
        """All of it."""
        return Money.total((getattr(self, field.name) for field in fields(self)), self.not_due.currency)


@dataclass(frozen=True, slots=True)
class OpenItems:
    """What an organization owes in one currency, on how many invoices, by age."""

    organization: str
    name: str
    invoices: int
    oldest_due_on: date
    ages: Ages


def open_items(on: date, *, page: int = 1, size: int = SIZE) -> Page[OpenItems]:
    """Return who owed what at the end of a day, the most first: one query for a page."""
    found = _rows(
        _BY_ORGANIZATION,
        {"on": on, "ends": _midnight(on + timedelta(days=1)), "size": size, "skipped": (max(page, 1) - 1) * size},
    )
    if not found and page > 1:
        return open_items(on, page=1, size=size)
    return Page([_open(row) for row in found], max(page, 1), size, found[0][-1] if found else 0)


def open_totals(on: date) -> list[Ages]:
    """Return what was owed in all at the end of a day, one row a currency."""
    found = _rows(
        _BY_CURRENCY,
        {"on": on, "ends": _midnight(on + timedelta(days=1))},
    )
    return [_ages(currency, amounts) for currency, *amounts in found]


_OPEN = """
    select o.organization_id, g.name, o.currency, count(*) as invoices, min(o.due_on) as oldest, sum(o.open) as total,
           coalesce(sum(o.open) filter (where o.late <= 0), 0) as not_due,
           coalesce(sum(o.open) filter (where o.late between 1 and 30), 0) as up_to_30,
           coalesce(sum(o.open) filter (where o.late between 31 and 60), 0) as up_to_60,
           coalesce(sum(o.open) filter (where o.late between 61 and 90), 0) as up_to_90,
           coalesce(sum(o.open) filter (where o.late > 90), 0) as older
    from (
        select i.organization_id, i.currency, i.due_on, %(on)s::date - i.due_on as late,
               i.total_minor - coalesce((select sum(s.amount_minor) from billing_settlement s
                                         where s.invoice_id = i.id and s.settled_at < %(ends)s), 0) as open
        from billing_invoice i
        where i.kind = 'invoice' and i.issued_on <= %(on)s
          and (i.state = 'open' or i.paid_at is null or i.paid_at >= %(ends)s)
    ) o join organizations_organization g on g.id = o.organization_id
    where o.open > 0 group by o.organization_id, g.name, o.currency
"""

_BY_ORGANIZATION = (
    f"select *, count(*) over () from ({_OPEN}) o order by total desc, organization_id, currency"  # noqa: S608  (ours)
    " limit %(size)s offset %(skipped)s"
)
_BY_CURRENCY = (
    "select currency, sum(not_due), sum(up_to_30), sum(up_to_60), sum(up_to_90), sum(older)"  # noqa: S608  (ours)
    f" from ({_OPEN}) o group by currency order by currency"
)


def _open(row: Sequence[object]) -> OpenItems:
    organization_id, name, currency, invoices, oldest, _total, *amounts, _count = row
    assert isinstance(organization_id, UUID)
    assert isinstance(oldest, date)
    return OpenItems(
        organization=ids.public(Organization.prefix, organization_id),
        name=str(name),
        invoices=int(str(invoices)),
        oldest_due_on=oldest,
        ages=_ages(str(currency), amounts),
    )


def _ages(currency: str, amounts: Sequence[object]) -> Ages:
    return Ages(*(Money(int(str(amount)), currency) for amount in amounts))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with transaction.connection().cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
