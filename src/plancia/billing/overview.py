"""What an organization owes, and its last documents: what its home says of money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.functions import JSONObject

from plancia.billing import numbering, queries
from plancia.billing.models import Invoice
from plancia.billing.queries import InvoiceRow
from plancia.kernel.money import Money
from plancia.kernel.prepared import prepared

#: How many of the last invoices and credit notes.
LAST = 5


@dataclass(frozen=True, slots=True)
class DueSummary:
    """What an organization owes. Units: one amount per currency, none where nothing is owed."""

    open_count: int
    overdue_count: int
    open: list[Money]
    overdue: list[Money]
    next_due_on: date | None


def overview(organization_id: UUID, *, at: datetime) -> tuple[DueSummary, list[InvoiceRow]]:
    """Return what an organization owes and its last invoices and credit notes, together in one query."""
    today = numbering.civil_date(at)
    found = _last(organization_id=organization_id, today=today)
    owed = found[0].owed if found else []  # type: ignore[attr-defined]  # annotated
    return _summary(owed), [queries.row_of(invoice, today) for invoice in found]


@prepared
def _last(*, organization_id: UUID, today: date) -> QuerySet[Invoice]:
    # The sums come along with each of the few rows, since they are one subquery that PostgreSQL asks once.
    all_ = Invoice.objects.filter(organization_id=organization_id)
    is_overdue = Q(due_on__lt=today)
    open_minor = F("total_minor") - F("settled_minor")
    owed = (
        queries.with_open(all_.filter(queries.OWED))
        .order_by()
        .values("currency")
        .annotate(
            sums=JSONObject(
                currency=F("currency"),
                count=Count("pk"),
                overdue_count=Count("pk", filter=is_overdue),
                open_minor=Sum(open_minor),
                overdue_minor=Sum(open_minor, filter=is_overdue),
                next_due_on=Min("due_on", filter=~is_overdue),
            )
        )
        .order_by("currency")
        .values("sums")
    )
    return queries.listed(all_).annotate(owed=ArraySubquery(owed))[:LAST]


def _summary(owed: list[dict[str, int | str | None]]) -> DueSummary:
    overdue = [row for row in owed if row["overdue_count"]]
    coming = [date.fromisoformat(str(row["next_due_on"])) for row in owed if row["next_due_on"]]
    return DueSummary(
        open_count=sum(int(row["count"] or 0) for row in owed),
        overdue_count=sum(int(row["overdue_count"] or 0) for row in owed),
        open=[Money(int(row["open_minor"] or 0), str(row["currency"])) for row in owed],
        overdue=[Money(int(row["overdue_minor"] or 0), str(row["currency"])) for row in overdue],
        next_due_on=min(coming, default=None),
    )
