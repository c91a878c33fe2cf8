"""What pages cost: queries, CPU, requests a second, bytes; at 50 and at 5,000 products."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402  (after Django is set up)
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench import load  # noqa: E402
from plancia.accounts.models import User  # noqa: E402
from plancia.billing import issuing, parties  # noqa: E402
from plancia.catalog import importing, reading, sample  # noqa: E402
from plancia.catalog.models import Price  # noqa: E402
from plancia.kernel import transaction  # noqa: E402
from plancia.kernel.actors import SYSTEM  # noqa: E402
from plancia.kernel.money import Money  # noqa: E402
from plancia.organizations import founding  # noqa: E402
from plancia.organizations.models import Organization  # noqa: E402
from plancia.organizations.states import Kind  # noqa: E402
from plancia.subscriptions.models import Subscription  # noqa: E402

NOW = datetime.now(UTC)
INVOICES = 50


@dataclass(frozen=True, slots=True)
class Customer:
    organization: Organization
    session: str
    product: str


def main(port: int) -> None:
    """Print a table of pages, at 50 and at 5,000 products, and what a first visit loads."""
    with transaction.as_staff():
        importing.load(reading.read(sample.directory()), actor=SYSTEM, at=NOW)
        few, many = _customer("few", 50), _customer("many", 5_000)
    server = subprocess.Popen(
        [sys.executable, "-m", "plancia", "serve"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        print("## Pages\n")
        print(
            f"{load.CLIENTS} clients that keep their connections, one server process; CPU is the web process's alone.\n"
        )
        print("| page | queries | CPU ms | requests/s | p50 ms | p95 ms | HTML kB | compressed kB |")
        print("|---|---|---|---|---|---|---|---|")
        for label, customer in (("50 products", few), ("5,000 products", many)):
            org = customer.organization.public_id
            for name, path in (
                ("home", f"/o/{org}/"),
                ("product list", f"/o/{org}/products/"),
                ("product", f"/o/{org}/products/{customer.product}/"),
                ("invoices", f"/o/{org}/accounting/invoices/"),
                ("to pay", f"/o/{org}/accounting/to-pay/"),
                ("to pay, all that comes", f"/o/{org}/accounting/to-pay/?show=all"),
            ):
                cookie = f"sessionid={customer.session}; language=en"
                measured = load.run(port, path, cookie, server=server.pid)
                print(
                    f"| {name}, {label} | {_queries(path, customer)} | {measured.cpu_ms:.1f} |"
                    f" {measured.requests_per_second:.0f} | {measured.p50_ms:.0f} | {measured.p95_ms:.0f} |"
                    f" {measured.html_kb:.1f} | {measured.compressed_kb:.1f} |",
                    flush=True,
                )
        _first_visit(port)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _customer(name: str, products: int) -> Customer:
    """Make shapes that no customer would have, by the row."""
    user = User.objects.create_user(f"{name}@example.com", None, first_name="Bench", last_name=name, joined_at=NOW)
    organization = founding.found(
        user=user,
        kind=Kind.COMPANY,
        legal_name=f"Bench {name} SA",
        street="Rue du Lac",
        house_number="1",
        postcode="1201",
        city="Genève",
        country="CH",
        billing_email=user.email,
        language="en",
        actor=SYSTEM,
        at=NOW,
    )
    price = Price.objects.select_related("plan__product_type").filter(currency="CHF", months=12).order_by("pk")[0]
    rows = Subscription.objects.bulk_create(
        Subscription(
            organization=organization,
            plan=price.plan,
            price=price,
            product_type=price.plan.product_type.code,
            name=f"site-{number:04}.ch",
            months=12,
            currency="CHF",
            state="active",
            anchor_at=NOW,
            paid_until=NOW + timedelta(days=30 + number % 300),
            ordered_at=NOW,
            activated_at=NOW,
        )
        for number in range(products)
    )
    for _ in range(INVOICES):
        issuing.issue(
            organization_id=organization.pk,
            lines=[
                issuing.LineDraft("Web hosting", 1, Money(4900, "CHF"), Money(4900, "CHF"), subject=rows[0].public_id)
            ],
            purpose="",
            buyer=parties.buyer(organization),
            currency="CHF",
            language="en",
            due_on=(NOW + timedelta(days=30)).date(),
            at=NOW,
            actor=SYSTEM,
        )
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return Customer(organization, str(session.session_key), rows[0].public_id)


def _queries(path: str, customer: Customer) -> int:
    client = Client(SERVER_NAME="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = customer.session
    client.get(path)
    with CaptureQueriesContext(connections["default"]) as captured:
        client.get(path)
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for query in captured)


def _first_visit(port: int) -> None:
    sizes = {}
    for kind in ("css", "js"):
        names = _linked(port, kind)
        sizes[kind] = sum(len(gzip.compress(_fetch(port, name), 9)) for name in names) / 1000
    print(f"\nA first visit loads {sizes['css']:.1f} kB of CSS and {sizes['js']:.1f} kB of JavaScript, compressed.\n")


def _linked(port: int, kind: str) -> list[str]:
    page = _fetch(port, "/shop/").decode()
    return sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+\.' + kind + r')"', page)))


def _fetch(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return bytes(answer.read())


def _wait(port: int) -> None:
    give_up_at = time.monotonic() + 60
    while True:
        try:
            _fetch(port, "/shop/")
            return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
