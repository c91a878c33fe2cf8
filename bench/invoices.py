"""What invoices cost: issuing in batches against COPY of the same rows, PDFs, and checking the books."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import django

django.setup()

from django.db import connections  # noqa: E402  (after Django is set up)

from plancia.accounts.models import User  # noqa: E402
from plancia.billing import documents, issuing, parties  # noqa: E402
from plancia.billing.issuing import InvoiceDraft, LineDraft  # noqa: E402
from plancia.billing.models import Invoice  # noqa: E402
from plancia.kernel import ids, transaction  # noqa: E402
from plancia.kernel.actors import SYSTEM  # noqa: E402
from plancia.kernel.money import Money  # noqa: E402
from plancia.kernel.periods import Period  # noqa: E402
from plancia.ops import books  # noqa: E402
from plancia.organizations import founding  # noqa: E402
from plancia.organizations.models import Organization  # noqa: E402
from plancia.organizations.states import Kind  # noqa: E402
from plancia.outbox import facts  # noqa: E402

AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
BATCH = 500


def main(invoices: int, documents_: int) -> None:
    """Print the ratios."""
    with transaction.as_staff():
        organizations = _organizations(BATCH)
        _issue(organizations, BATCH)  # warm, and their accounts are open
        batch = _issue(organizations, 10 * BATCH)
        single = _issue(organizations[:1], 200, size=1)
        copied = _copied(5 * BATCH)
    print("## Invoices\n")
    print(f"One line, two entries or three, one fact and one entry of the trail each; batches of {BATCH}.\n")
    print("| way | invoices a second | of COPY |\n|---|---|---|")
    for name, rate in (
        (f"issued in batches of {BATCH}", batch),
        ("issued one by one", single),
        ("COPY of the same rows of all tables, rules on", copied),
    ):
        print(f"| {name} | {rate:,.0f} | {rate / copied:.0%} |", flush=True)
    _measure_documents(documents_)
    if invoices:
        _measure_books(organizations, invoices)


def _organizations(number: int) -> list[Organization]:
    made = []
    for place in range(number):
        with transaction.atomic(), facts.told_by_caller():
            user = User.objects.create_user(f"bench-{place}@example.com", None, first_name="B", joined_at=AT)
            made.append(
                founding.found(
                    user=user,
                    kind=Kind.COMPANY,
                    legal_name=f"Bench {place} SA",
                    street="Rue du Lac",
                    house_number="1",
                    postcode="1201",
                    city="Genève",
                    country="CH" if place % 2 else "DE",
                    language="de",
                    actor=SYSTEM,
                    at=AT,
                )
            )
    return made


def _issue(organizations: Sequence[Organization], number: int, *, size: int = BATCH) -> float:
    """Issue `number` invoices in batches; return how many a second."""
    drafts = [_draft(organizations[place % len(organizations)]) for place in range(size)]
    started = time.perf_counter()
    with facts.told_by_caller():
        for _ in range(number // size):
            issuing.issue_all(drafts, at=AT, actor=SYSTEM)
    return number / (time.perf_counter() - started)


def _draft(organization: Organization) -> InvoiceDraft:
    money = Money(11_880, organization.currency)
    line = LineDraft(
        "Web hosting Start · aurora.example", 1, money, money, period=Period.term(AT, after_months=0, months=12)
    )
    return InvoiceDraft(
        organization_id=organization.pk,
        lines=[line],
        purpose="renewal",
        buyer=parties.buyer(organization),
        currency=organization.currency,
        language="de",
        due_on=AT.date(),
    )


#: How the rows of an invoice are found in each table, by its key and its public id.
_FOUND = {
    "ledger_transaction": "select * from ledger_transaction where reference = %(public)s || ':issued'",
    "ledger_entry": "select e.* from ledger_entry e join ledger_transaction t on t.id = e.transaction_id"
    " where t.reference = %(public)s || ':issued'",
    "billing_invoice": "select * from billing_invoice where id = %(key)s",
    "billing_line": "select * from billing_line where invoice_id = %(key)s",
    "audit_entry": "select * from audit_entry where subject = %(public)s and action = 'invoice.issued'",
    "outbox_fact": "select * from outbox_fact where name = 'invoice.issued' and payload ->> 'invoice' = %(public)s",
}


def _copied(number: int) -> float:
    """Read what the last invoices wrote, and COPY it under new keys; return how many invoices a second."""
    connection = connections["staff"]
    keys = list(Invoice.objects.order_by("-pk").values_list("pk", flat=True)[:number])
    columns: dict[str, list[str]] = {}
    prepared: list[dict[str, list[list[object]]]] = []
    with connection.cursor() as cursor:
        cursor.execute("insert into billing_series (code, last_number) values ('bench', %s)", [number])
        for place, key in enumerate(keys, start=1):
            renamed = _Renamed(key, place)
            mine = {}
            for table, sql in _FOUND.items():
                cursor.execute(sql, {"key": key, "public": ids.public("inv", key)})
                columns[table] = [column.name for column in cursor.description]
                mine[table] = [renamed.row(columns[table], row) for row in cursor.fetchall()]
            prepared.append(mine)
    started = time.perf_counter()
    for start in range(0, number, BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            for table, names in columns.items():
                with cursor.copy(f"copy {table} ({', '.join(names)}) from stdin") as copy:
                    for mine in prepared[start : start + BATCH]:
                        for row in mine[table]:
                            copy.write_row(row)
    return number / (time.perf_counter() - started)


class _Renamed:
    """Gives the rows of one invoice new keys that agree with each other."""

    def __init__(self, key: UUID, place: int) -> None:
        self.keys: dict[UUID, UUID] = {}
        self.before, self.after = ids.public("inv", key), ids.public("inv", self.fresh(key))
        self.place = place

    def fresh(self, key: UUID) -> UUID:
        return self.keys.setdefault(key, ids.new())

    def row(self, columns: Sequence[str], row: Sequence[object]) -> list[object]:
        """Return a row with new keys; the invoice is in a series of its own."""
        new: list[object] = []
        for name, value in zip(columns, row, strict=True):
            if name in ("id", "transaction_id", "invoice_id") and isinstance(value, UUID):
                value = self.fresh(value)
            elif name in ("reference", "subject") and isinstance(value, str):
                value = value.replace(self.before, self.after)
            elif name in ("sequence", "series_id", "number"):
                value = {"sequence": self.place, "series_id": "bench", "number": f"bench-{self.place}"}[name]
            elif isinstance(value, dict | list):
                value = json.dumps(value)
            new.append(value)
        return new


def _measure_documents(number: int) -> None:
    print("\n## Documents\n")
    print("PDF/A-3 with Factur-X, in one process; processor time of this process alone.\n")
    print("| what | CPU ms each |\n|---|---|")
    with transaction.as_staff():
        for currency, what in (("CHF", "with a Swiss payment part"), ("EUR", "with a code for SEPA transfers")):
            wanted = Invoice.objects.filter(currency=currency).order_by("-pk").select_related("corrects")[: number + 5]
            rows = list(wanted)
            for invoice in rows[:5]:
                documents.render(invoice)
            print(f"| {what} | {_cpu_ms(rows[5:], documents.render):.1f} |", flush=True)


def _cpu_ms(rows: Sequence[Invoice], act: Callable[[Invoice], object]) -> float:
    started = time.process_time()
    for row in rows:
        act(row)
    return (time.process_time() - started) / len(rows) * 1000


def _measure_books(organizations: Sequence[Organization], invoices: int) -> None:
    with transaction.as_staff():
        # What COPY wrote above is no true past.
        with connections["staff"].cursor() as cursor:
            cursor.execute("select count(*) from ledger_entry")
            before = cursor.fetchone()[0]
        _issue(organizations, invoices)
        with connections["staff"].cursor() as cursor:
            cursor.execute("select count(*) from ledger_entry")
            entries = cursor.fetchone()[0]
    started = time.perf_counter()
    wrong = books.wrong()
    took = time.perf_counter() - started
    print("\n## Books\n")
    print("| entries | invoices | organizations | `check-books` seconds | differences |\n|---|---|---|---|---|")
    print(f"| {entries:,} | {invoices:,} | {len(organizations):,} | {took:.1f} | {len(wrong)} |", flush=True)
    assert entries > before


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--invoices", type=int, default=360_000)
    parser.add_argument("--documents", type=int, default=100)
    asked = parser.parse_args()
    main(asked.invoices, asked.documents)
