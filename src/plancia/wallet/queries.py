from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Sum, Window
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


def statement(organization_id: UUID, *, page: int = 1, size: int = pages.SIZE) -> Page[StatementRow]:
    """Return the moves on the prepaid account in the organization's currency, the latest first."""
    organization = Organization.objects.only("pk", "currency").get(pk=organization_id)
    entries = (
        Entry.objects.filter(account__code=chart.prepaid(organization.public_id, organization.currency))
        .select_related("transaction")
        .annotate(standing=Window(Sum("amount_minor"), order_by=[F("transaction__booked_at").asc(), F("pk").asc()]))
        .order_by("-transaction__booked_at", "-pk")
    )
    return pages.page_of(entries, _row, number=page, size=size)


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
    if entry.amount_minor > 0:
        return _("Payment")
    if verb == "topped-up":
        return _("Top-up")
    return _("Received, not needed elsewhere") if source.startswith("pay_") else _("Refund")
