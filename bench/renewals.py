"""
What renewals cost: a night's run against raw COPY of the same rows into the same tables, rules on.

usage: python -m bench.renewals [PRODUCTS [DUE]]; 1,000,000 products and 100,000 due unless told.
"""

from __future__ import annotations

import io
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

import django

django.setup()

import psycopg  # noqa: E402  (after Django is set up)
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

from plancia.catalog import importing, reading, sample  # noqa: E402
from plancia.kernel import ids, transaction  # noqa: E402
from plancia.kernel.actors import SYSTEM  # noqa: E402
from plancia.kernel.money import Money  # noqa: E402
from plancia.ledger import posting  # noqa: E402
from plancia.ledger.posting import Leg, Posting  # noqa: E402
from plancia.ops import postgres  # noqa: E402
from plancia.organizations.models import Organization  # noqa: E402
from plancia.payments import chart  # noqa: E402
from plancia.subscriptions import collection, renewal  # noqa: E402
from plancia.subscriptions.models import Subscription  # noqa: E402
from plancia.wallet import chart as wallet  # noqa: E402

AT = datetime(2026, 6, 1, 1, 15, tzinfo=UTC)
#: Products of one organization.
EACH = 5
#: What a run writes, in the order in which it may be copied.
TABLES = (
    "ledger_account",
    "ledger_transaction",
    "ledger_entry",
    "billing_invoice",
    "billing_line",
    "subscriptions_term",
    "payments_profile",
    "payments_payment",
    "subscriptions_attempt",
    "audit_entry",
    "outbox_fact",
    "procrastinate_jobs",
)
COPIED = "plancia_bench_copy"


def main(products: int = 1_000_000, due: int = 100_000) -> None:
    """Print a table of ratios."""
    with transaction.as_staff():
        importing.load(reading.read(sample.directory()), actor=SYSTEM, at=AT - timedelta(days=900))
    cluster = postgres.Cluster(settings.HOME / "postgres")
    name = str(connections["staff"].settings_dict["NAME"])
    small = min(due // 10, 10_000)
    with psycopg.connect(cluster.superuser, dbname=name, autocommit=True) as admin:
        _products(admin, products // 10, small)
    few = _run("few", small)
    with psycopg.connect(cluster.superuser, dbname=name, autocommit=True) as admin:
        _products(admin, products - products // 10, small)
        admin.execute("analyze")
    many = _run("many", small)
    with psycopg.connect(cluster.superuser, dbname=name, autocommit=True) as admin:
        admin.execute(
            "update subscriptions_subscription set paid_until = %(end)s, anchor_at = %(end)s - interval '1 year'"
            " where id in (select id from subscriptions_subscription where paid_until > %(far)s limit %(due)s)",
            {"end": AT + timedelta(days=5), "far": AT + timedelta(days=60), "due": due},
        )
    _fund()
    with psycopg.connect(cluster.superuser, dbname=name, autocommit=True) as admin:
        admin.execute("analyze")
        before = _counts(admin)
    for alias in connections:
        connections[alias].close()
    with psycopg.connect(cluster.superuser, dbname="postgres", autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        admin.execute(f"create database {COPIED} template {name}")

    took = _run("all", due, is_funded=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with psycopg.connect(cluster.superuser, dbname=name, autocommit=True) as admin:
        written = {table: count - before[table] for table, count in _counts(admin).items()}
        copied = _copy(cluster, admin, since=before)
    rows = sum(written.values())

    print("## Renewals\n")
    print(f"{due:,} due among {products:,} products, {EACH} of an organization, with tax, ledger, trail and facts,")
    print("and all of it collected from prepaid accounts in the same run.\n")
    print("| way | seconds | renewals a second | rows a second | of COPY |\n|---|---|---|---|---|")
    for way, seconds in (("a night's run", took), ("COPY of the same rows, rules on", copied)):
        print(f"| {way} | {seconds:.1f} | {due / seconds:,.0f} | {rows / seconds:,.0f} | {copied / seconds:.0%} |")
    print(f"\nMost memory of the process: {memory:.0f} MB. ", end="")
    print(
        f"{small:,} due took {few:.1f} s among {products // 10:,} products and {many:.1f} s among {products:,}"
        f" ({many / few - 1:+.0%}).\n"
    )


def _run(what: str, due: int, *, is_funded: bool = False) -> float:
    if not is_funded:
        _fund()

    def progress(done: int, all_: int) -> None:
        if sys.stderr.isatty() or done == all_:
            print(f"bench: {what}: {done:,} of {all_:,}", file=sys.stderr, flush=True)

    with transaction.as_staff():
        Organization.objects.exists()  # connected: the copy of the database has ended all connections
        started = time.perf_counter()
        offered = renewal.offer_due(at=AT, progress=progress)
        collected = collection.collect_due(at=AT, progress=progress)
    took = time.perf_counter() - started
    print(f"bench: {what}: {collected:,} invoices in {took:.1f} s", file=sys.stderr, flush=True)
    if offered != due or not collected:
        raise RuntimeError(f"{offered} were offered and {collected} invoices collected, not {due} products'")
    return took


def _fund() -> None:
    """Put money on the prepaid accounts of those who have products to renew."""
    with transaction.as_staff():
        due = Subscription.objects.filter(paid_until__lte=AT + timedelta(days=7)).values("organization_id")
        owners = list(Organization.objects.filter(pk__in=due).order_by("pk"))
        for start in range(0, len(owners), 5_000):
            posting.post_all([_gift(owner) for owner in owners[start : start + 5_000]])


def _gift(owner: Organization) -> Posting:
    amount = Money(1_000_000, "CHF")
    legs = [Leg(chart.bank("CHF"), amount), Leg(wallet.prepaid(owner.public_id, "CHF"), -amount)]
    return Posting(reference=f"{ids.public('pay', ids.new())}:received", legs=legs, organization_id=owner.pk, at=AT)


def _products(admin: psycopg.Connection, number: int, due: int) -> None:
    """Write products, of which `due` end soon and the others in a year; by SQL, as only the run is measured."""
    with transaction.as_staff():
        owners = [
            Organization(
                name=f"Firma {place}", kind="company", currency="CHF", language="de", recipient=f"Firma {place}",
                street="Bahnhofstrasse", house_number="1", postcode="8001", city="Zürich", country="CH", created_at=AT,
            )
            for place in range(-(-number // EACH))
        ]  # fmt: skip
        Organization.objects.bulk_create(owners, batch_size=5_000)
    admin.execute("create temporary table owner (place bigint primary key, id uuid)")
    with admin.cursor() as cursor, cursor.copy("copy owner from stdin") as copy:
        for place, owner in enumerate(owners):
            copy.write_row((place, owner.pk))
    admin.execute(
        """
        with price as (select p.id, p.plan_id, p.months, t.code from catalog_price p
            join catalog_plan l on l.id = p.plan_id join catalog_product_type t on t.id = l.product_type_id
            where p.currency = 'CHF' and p.months = 12 and p.valid_until is null and p.amount_minor > 0
            order by p.id limit 1)
        insert into subscriptions_subscription (id, organization_id, plan_id, price_id, product_type, name, quantity,
            choices, months, currency, state, reason, is_renewing, anchor_at, paid_until, ordered_at, activated_at)
        select gen_random_uuid(), o.id, price.plan_id, price.id, price.code, 'n' || n || '.example', 1, '{}', 12, 'CHF',
            'active', '', true, e.ends - interval '1 year', e.ends, e.ends - interval '1 year', e.ends
        from price, generate_series(0, %(number)s - 1) n
        join owner o on o.place = n / %(each)s
        cross join lateral (select case when n < %(due)s then %(soon)s::timestamptz else %(later)s::timestamptz end
            as ends) e
        """,
        {
            "number": number,
            "each": EACH,
            "due": due,
            "soon": AT + timedelta(days=5),
            "later": AT + timedelta(days=300),
        },
    )
    admin.execute("drop table owner")
    admin.execute("analyze")


def _counts(admin: psycopg.Connection) -> dict[str, int]:
    found = {}
    for table in TABLES:
        row = admin.execute(f"select count(*) from {table}").fetchone()
        found[table] = int(row[0]) if row else 0
    return found


def _copy(cluster: postgres.Cluster, admin: psycopg.Connection, *, since: dict[str, int]) -> float:
    """COPY what the run wrote into the database as it was before; only the copying in is measured."""
    took = 0.0
    with psycopg.connect(cluster.superuser, dbname=COPIED, autocommit=True) as target:
        for table in TABLES:
            columns = [
                row[0]
                for row in target.execute(
                    "select column_name from information_schema.columns"
                    " where table_name = %s and is_generated = 'NEVER' order by ordinal_position",
                    [table],
                )
            ]
            names = ", ".join(columns)
            picked = ", ".join(
                "case when balance_minor is null then null else 0 end" if column == "balance_minor" else column
                for column in columns
            )
            content = io.BytesIO()
            source = f"select {picked} from {table}"
            if since[table]:
                with admin.cursor() as cursor:
                    cursor.execute("create temporary table if not exists bench_known (id text primary key)")
                    cursor.execute("truncate bench_known")
                    with cursor.copy("copy bench_known from stdin") as kept:
                        for (key,) in target.execute(f"select id::text from {table}"):
                            kept.write_row((key,))
                source += " where id::text not in (select id from bench_known)"
            with admin.cursor() as cursor, cursor.copy(f"copy ({source}) to stdout") as out:
                for block in out:
                    content.write(block)
            started = time.perf_counter()
            with target.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as into:
                into.write(content.getvalue())
            took += time.perf_counter() - started
    return took


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
