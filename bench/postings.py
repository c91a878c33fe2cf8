"""What money costs: postings a second against pgbench's simple transaction and COPY of the same rows."""

from __future__ import annotations

import os
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import django

django.setup()

import psycopg  # noqa: E402  (after Django is set up)
from django.db import connections  # noqa: E402

from plancia.kernel import ids, transaction  # noqa: E402
from plancia.kernel.money import Money  # noqa: E402
from plancia.ledger import accounts, posting  # noqa: E402
from plancia.ops import database, postgres  # noqa: E402

HOME = Path(os.environ["PLANCIA_HOME"])
POSTINGS = 2_000
AT = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Print a table of ratios."""
    with transaction.as_staff():
        for code in ("bench:debit", "bench:credit"):
            accounts.open_account(code=code, kind="asset", currency="CHF")
        amount = Money(100, "CHF")
        _warm_up(amount)
        simple = _pgbench()

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
    print("| way | a second | of COPY | of pgbench |\n|---|---|---|---|")
    for name, value in (
        ("postings, a transaction each", one_by_one),
        ("postings, in one transaction", in_one),
        ("COPY of the same rows, rules on", raw),
        ("pgbench, its simple transaction (`-N`, one client in C)", simple),
    ):
        print(f"| {name} | {value:,.0f} | {value / raw:.0%} | {value / simple:.0%} |")
    print()


def _warm_up(amount: Money) -> None:
    """Fill the tables a little and let the planner know: plans that were made for empty tables are nobody's."""
    for number in range(500):
        posting.post(
            reference=f"bench:warm:{number}",
            legs=[posting.Leg("bench:debit", amount), posting.Leg("bench:credit", -amount)],
            organization_id=None,
            at=AT,
        )
    with psycopg.connect(postgres.Cluster(HOME / "postgres").superuser, dbname=database.NAME) as admin:
        admin.execute("analyze ledger_transaction, ledger_entry, ledger_account")


def _pgbench() -> float:
    """Return the transactions a second of pgbench on the same server, as the script "simple-update" makes them."""
    place = psycopg.conninfo.conninfo_to_dict(postgres.Cluster(HOME / "postgres").superuser)
    (pgbench,) = HOME.glob("postgres/binaries-*/*/pginstall/bin/pgbench")
    command = [str(pgbench), "-h", str(place["host"]), "-U", str(place["user"])]
    quietly = {"check": True, "capture_output": True, "text": True}
    subprocess.run([*command, "-i", "-q", "-s", "1", "postgres"], **quietly)  # type: ignore[call-overload]
    done = subprocess.run([*command, "-n", "-N", "-c", "1", "-T", "5", "postgres"], **quietly)  # type: ignore[call-overload]
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


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
