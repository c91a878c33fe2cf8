"""What money costs: postings a second against COPY of the same rows, and invoices."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import django

django.setup()

from django.db import connections  # noqa: E402  (after Django is set up)

from plancia.kernel import ids, transaction  # noqa: E402
from plancia.kernel.money import Money  # noqa: E402
from plancia.ledger import accounts, posting  # noqa: E402

POSTINGS = 2_000
AT = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Print a table of ratios."""
    with transaction.as_staff():
        for code in ("bench:debit", "bench:credit"):
            accounts.open_account(code=code, kind="asset", currency="CHF")
        amount = Money(100, "CHF")

        started = time.perf_counter()
        for number in range(POSTINGS):
            posting.post(
                reference=f"bench:{number}",
                legs=[posting.Leg("bench:debit", amount), posting.Leg("bench:credit", -amount)],
                organization_id=None,
                at=AT,
            )
        one_by_one = POSTINGS / (time.perf_counter() - started)

        started = time.perf_counter()
        with transaction.atomic():
            for number in range(POSTINGS):
                posting.post(
                    reference=f"bench:batch:{number}",
                    legs=[posting.Leg("bench:debit", amount), posting.Leg("bench:credit", -amount)],
                    organization_id=None,
                    at=AT,
                )
        in_one = POSTINGS / (time.perf_counter() - started)
        raw = _copy()

    print("## Ledger\n")
    print("| way | postings a second | of COPY |\n|---|---|---|")
    for name, value in (
        ("a transaction each", one_by_one),
        ("in one transaction", in_one),
        ("COPY of the same rows, rules on", raw),
    ):
        print(f"| {name} | {value:,.0f} | {value / raw:.0%} |")
    print()


def _copy() -> float:
    connection = connections["staff"]
    with connection.cursor() as cursor:
        cursor.execute("select id from ledger_account where code in ('bench:debit', 'bench:credit') order by code")
        credit, debit = (row[0] for row in cursor.fetchall())
    rows = [(ids.new(), f"bench:copy:{number}") for number in range(POSTINGS)]
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy("copy ledger_transaction (id, reference, booked_at, description) from stdin") as copy:
            for key, reference in rows:
                copy.write_row((key, reference, AT, ""))
        with cursor.copy(
            "copy ledger_entry (id, transaction_id, account_id, amount_minor, currency) from stdin"
        ) as copy:
            for key, _ in rows:
                copy.write_row((ids.new(), key, debit, 100, "CHF"))
                copy.write_row((ids.new(), key, credit, -100, "CHF"))
    return POSTINGS / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
