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
        """How the number is written: 2026-000042, C2026-000003, IT-2026-000007."""
        return f"{self.series}-{self.sequence:06d}"


def civil_date(at: datetime) -> date:
    """Return the day that an instant is in the provider's time zone: the day of the law."""
    return at.astimezone(timezone.get_default_timezone()).date()


def take(kind: InvoiceKind, *, issued_on: date, entity: str = "") -> Number:
    """Take the next number of a series, as `take_all`."""
    return take_all(kind, 1, issued_on=issued_on, entity=entity)[0]


@transaction.atomic
def take_all(kind: InvoiceKind, count: int, *, issued_on: date, entity: str = "") -> list[Number]:
    """
    Take the next numbers of the series of a legal entity, a kind and a year, in the issuing transaction.

    The counter's row stays locked until that transaction ends: if it is rolled back, so are the numbers.

    Source: Directive 2006/112/EC article 226 (2), MWSTV and GeBüV: numbers in unbroken sequence.
    """
    series = f"{entity}{'-' if entity else ''}{_PREFIXES[kind]}{issued_on.year}"
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            "insert into billing_series (code, last_number) values (%(series)s, %(count)s) on conflict (code)"
            " do update set last_number = billing_series.last_number + %(count)s returning last_number",
            {"series": series, "count": count},
        )
        last = int(cursor.fetchone()[0])
    return [Number(series, sequence) for sequence in range(last - count + 1, last + 1)]
