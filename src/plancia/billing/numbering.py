"""Numbering: series of invoice numbers without gaps or repeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from plancia.billing.states import InvoiceKind
from plancia.kernel import transaction

_PREFIXES = {InvoiceKind.INVOICE: "", InvoiceKind.CREDIT_NOTE: "C"}


@dataclass(frozen=True, slots=True)
class Number:
    """The place of an invoice in its series, and how it is written."""

    series: str
    sequence: int

    @property
    def text(self) -> str:
        """How the number is written: 2026-000042, C2026-000003."""
        return f"{self.series}-{self.sequence:06d}"


def civil_date(at: datetime) -> date:
    """Return the day that an instant is in the provider's time zone: the day of the law."""
    return at.astimezone(timezone.get_default_timezone()).date()


@transaction.atomic
def take(kind: InvoiceKind, *, issued_on: date) -> Number:
    """
    Take the next number of the series of a year, in the issuing transaction.

    The counter's row stays locked until that transaction ends: if it is rolled back, so is the number.

    Source: Directive 2006/112/EC article 226 (2), MWSTV and GeBüV: numbers in unbroken sequence.
    """
    series = f"{_PREFIXES[kind]}{issued_on.year}"
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            "insert into billing_series (code, last_number) values (%s, 1) "
            "on conflict (code) do update set last_number = billing_series.last_number + 1 returning last_number",
            [series],
        )
        return Number(series, int(cursor.fetchone()[0]))
