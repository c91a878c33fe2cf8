from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, F, QuerySet, Sum, Window
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.kernel import pages
from plancia.kernel.money import Money
from plancia.kernel.pages import Page
from plancia.ledger.models import Entry
from plancia.organizations.models import Organization
from plancia.wallet import chart


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A move on the prepaid account, and what was on it afterwards. `subject` is the public id of what it was for."""

    at: datetime
    label: str | Promise
    subject: str
    amount: Money
    balance: Money
    reference: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The moves of a stretch of time, the oldest first, between what was and what is on the account."""

    opening: Money
    rows: list[StatementRow]
    closing: Money


def statement(organization: Organization, *, page: int = 1, size: int = pages.SIZE) -> Page[StatementRow]:
    """Return the moves on the prepaid account in the organization's currency, the latest first."""
    # How many there are comes with the rows, since the window counts them anyhow: one query, unless the page is past
    # the end.
    moves = _running(organization).annotate(number=Window(Count("pk"))).order_by("-transaction__booked_at", "-pk")
    start = (max(1, page) - 1) * size
    found = list(moves[start : start + size])
    if not found:
        return pages.page_of(moves, _row, number=page, size=size) if start else Page([], 1, size, 0)
    total: int = found[0].number  # the window above
    return Page([_row(entry) for entry in found], max(1, page), size, total)


def statement_of_year(organization: Organization, year: int) -> Statement:
    """Return the moves of a civil year, in the time zone of the provider's days."""
    zone = timezone.get_default_timezone()
    since, until = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    before = Entry.objects.filter(
        account__code=chart.prepaid(organization.public_id, organization.currency), transaction__booked_at__lt=since
    ).aggregate(sum=Sum("amount_minor"))["sum"]
    opening = Money(-int(before or 0), organization.currency)
    found = _running(organization).filter(transaction__booked_at__gte=since, transaction__booked_at__lt=until)
    rows = [
        replace(row, balance=row.balance + opening) for row in map(_row, found.order_by("transaction__booked_at", "pk"))
    ]
    return Statement(opening, rows, rows[-1].balance if rows else opening)


def _running(organization: Organization) -> QuerySet[Entry]:
    """The account's entries, each with what stood there after it and those before it in the same query."""
    return (
        Entry.objects.filter(account__code=chart.prepaid(organization.public_id, organization.currency))
        .select_related("transaction")
        .annotate(standing=Window(Sum("amount_minor"), order_by=[F("transaction__booked_at").asc(), F("pk").asc()]))
    )


def _row(entry: Entry) -> StatementRow:
    standing: int = entry.standing  # type: ignore[attr-defined]  # the window above
    return StatementRow(
        at=entry.transaction.booked_at,
        label=_label(entry),
        subject=entry.transaction.description,
        amount=-entry.amount,
        balance=Money(-standing, entry.currency),
        reference=entry.transaction.reference,
    )


def _label(entry: Entry) -> str | Promise:
    source, _colon, verb = entry.transaction.reference.partition(":")
    if source.startswith("pout_"):
        return _("Withdrawal") if verb == "reserved" else _("Withdrawal, not paid out")
    if entry.amount_minor > 0:
        return _("Payment")
    if verb == "topped-up":
        return _("Top-up")
    return _("Received, not needed elsewhere") if source.startswith("pay_") else _("Refund")
