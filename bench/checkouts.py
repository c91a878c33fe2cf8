"""What a whole checkout costs: cart, code, order, prepaid payment, invoice and ledger, by eight buyers at once."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from urllib.parse import urlencode

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402  (after setup)
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench import load  # noqa: E402
from plancia.accounts.models import User  # noqa: E402
from plancia.billing.models import Invoice  # noqa: E402
from plancia.kernel import transaction  # noqa: E402
from plancia.kernel.actors import SYSTEM, Actor, ActorKind  # noqa: E402
from plancia.kernel.money import Money  # noqa: E402
from plancia.ledger import books  # noqa: E402
from plancia.organizations import founding  # noqa: E402
from plancia.organizations.states import Kind  # noqa: E402
from plancia.outbox import delivery, facts  # noqa: E402
from plancia.payments import transfers  # noqa: E402
from plancia.promotions import campaigns  # noqa: E402
from plancia.promotions.campaigns import Rules  # noqa: E402
from plancia.promotions.models import CodeUse  # noqa: E402
from plancia.promotions.states import Kind as CampaignKind  # noqa: E402
from plancia.shop.models import Order  # noqa: E402

NOW = datetime.now(UTC)
SECONDS = 20
#: What each buyer orders, over and over.
WISH = {"plan": "ssl-domain", "months": 12, "choice_hostname": "www.aurora.ch"}


@dataclass(slots=True)
class Buyer:
    """A browser of one customer: its connection and its cookies."""

    port: int
    session: str
    token: str = ""
    took: list[float] = field(default_factory=list)

    def check_out(self, connection: http.client.HTTPConnection) -> None:
        """Put a plan into the cart, open checkout, apply the code, and order, paid from the prepaid account."""
        self._post(connection, "/shop/cart/lines/", {**WISH})
        page = self._ask(connection, "GET", "/shop/checkout/")
        page = self._post(connection, "/shop/checkout/", {**_hidden(page), "step": "code", "code": "BENCH"})
        answer = {**_hidden(page), "step": "order", "method": "prepaid", "terms": "on"}
        self._post(connection, "/shop/checkout/", answer, expected=302)

    def _post(
        self, connection: http.client.HTTPConnection, path: str, form: Mapping[str, object], expected: int = 0
    ) -> str:
        body = urlencode({**form, "csrfmiddlewaretoken": self.token})
        return self._ask(connection, "POST", path, body, expected=expected)

    def _ask(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: str = "", expected: int = 0
    ) -> str:
        headers = {"Cookie": f"sessionid={self.session}; language=en; csrftoken={self.token}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        text = response.read().decode()
        if response.status >= 400 or (expected and response.status != expected):
            raise RuntimeError(f"{method} {path}: {response.status}")
        return text


def main(port: int) -> None:
    """Print how many whole checkouts a second eight buyers make, and what the pages of the shop ask."""
    with transaction.as_staff():
        campaigns.start(
            name="Bench",
            rules=Rules(kind=CampaignKind.PERCENT, percent=Decimal(10), starts_at=NOW, per_organization=None),
            code="BENCH",
            actor=SYSTEM,
            at=NOW,
        )
        buyers = [Buyer(port, _customer(f"buyer-{number}")) for number in range(load.CLIENTS)]
    server = subprocess.Popen(
        [sys.executable, "-m", "plancia", "serve"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        for buyer in buyers:
            buyer.token = "a" * 32
        # The server's end is the database's: what is asked of it, is asked before.
        _tell(buyers, _run(buyers))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _tell(buyers: list[Buyer], elapsed: float) -> None:
    took = sorted(one for buyer in buyers for one in buyer.took)
    with transaction.as_staff():
        orders = Order.objects.filter(state="paid").count()
        invoices = Invoice.objects.filter(state="paid", purpose__startswith="ord_").count()
        uses = CodeUse.objects.count()
        wrong = books.differences()
    print("## Checkouts\n")
    print(
        f"{load.CLIENTS} buyers at once, one server process: cart, page of checkout, promo code, order, prepaid"
        " payment, invoice and ledger; four requests each.\n"
    )
    print("| checkouts/s | p50 ms | p95 ms | orders | invoices paid | codes taken | differences in the books |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {len(took) / elapsed:.1f} | {took[len(took) // 2] * 1000:.0f} | {took[int(len(took) * 0.95)] * 1000:.0f} |"
        f" {orders} | {invoices} | {uses} | {len(wrong)} |\n"
    )
    print("| page | queries |\n|---|---|")
    for name, path in (
        ("shop window", "/shop/"),
        ("product type", "/shop/web-hosting/"),
        ("domain search", "/shop/domains/?q=aurora"),
        ("cart", "/shop/cart/"),
        ("checkout", "/shop/checkout/"),
    ):
        print(f"| {name} | {_queries(path, buyers[0])} |")
    print()


def _run(buyers: list[Buyer]) -> float:
    for buyer in buyers:
        buyer.check_out(http.client.HTTPConnection("127.0.0.1", buyer.port, timeout=60))  # warm
    started = time.perf_counter()
    end = started + SECONDS
    defects: list[BaseException] = []

    def shop(buyer: Buyer) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", buyer.port, timeout=60)
        try:
            while time.perf_counter() < end:
                at = time.perf_counter()
                buyer.check_out(connection)
                buyer.took.append(time.perf_counter() - at)
        except BaseException as defect:
            defects.append(defect)

    threads = [threading.Thread(target=shop, args=[buyer]) for buyer in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if defects:
        raise defects[0]
    return time.perf_counter() - started


def _customer(name: str) -> str:
    """Found a customer with money on the prepaid account; return the key of its session."""
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
    with facts.told_by_caller():
        transfers.record(
            organization_id=organization.pk,
            purpose=f"{organization.public_id}:prepaid",
            amount=Money(100_000_000, "CHF"),
            bank_reference=f"bench-{name}",
            actor=Actor(ActorKind.STAFF, "Bench"),
            at=NOW,
        )
        delivery.tell_untold(at=NOW)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "plancia.accounts.backend.Backend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name in ("for", "key", "shown_minor", "shown_currency")}


def _queries(path: str, buyer: Buyer) -> int:
    client = Client(headers={"host": "localhost"})
    client.cookies["sessionid"] = buyer.session
    client.post("/shop/cart/lines/", {**WISH}, secure=False)
    client.get(path)
    with CaptureQueriesContext(connections["default"]) as queries:
        client.get(path)
    return sum(
        not re.match(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE|select set_config)", query["sql"], re.IGNORECASE)
        for query in queries.captured_queries
    )


def _wait(port: int) -> None:
    give_up_at = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/shop/", timeout=20)
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
