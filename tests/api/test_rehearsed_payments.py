"""The whole way of a card payment: our link, the gateway's page, its callbacks to our URLs over HTTP, the books."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from socketserver import ThreadingMixIn
from urllib.parse import urlencode, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections

from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books, queries
from plancia.payments import charging, chart, gateways
from plancia.payments.models import Callback, Payment
from plancia.payments.rehearsal import Server

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class _Console(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def process_request_thread(self, request: object, client_address: object) -> None:
        super().process_request_thread(request, client_address)
        connections.close_all()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def gateway(db: None, settings) -> Iterator[Server]:
    """The gateway and the console, each on a port of its own."""
    with _Console(("127.0.0.1", 0), _Quiet) as console, Server(("127.0.0.1", 0), secret="between us") as server:
        console.set_app(get_wsgi_application())
        for one in (console, server):
            threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.BASE_URL = f"http://127.0.0.1:{console.server_port}"
        settings.REHEARSAL_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}"
        settings.REHEARSAL_GATEWAY_SECRET = "between us"
        yield server
        server.shutdown()
        console.shutdown()


@pytest.fixture
def payment(organization) -> Payment:
    with tenancy.within(organization.pk):
        return charging.start(
            organization_id=organization.pk, purpose="ord_1", amount=Money(4990, "EUR"), actor=SYSTEM, at=AT
        )


def choose(payment: Payment, choice: str) -> None:
    """Do at the gateway what a customer does there."""
    place = urlsplit(
        gateways.gateway("rehearsal").checkout_url(payment, return_url="http://localhost/o/", language="it")
    )
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    connection.request("GET", f"{place.path}?{place.query}")
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', connection.getresponse().read().decode()))
    connection.close()
    connection.request("POST", "/pay", urlencode(form | {"choice": choice}))
    assert connection.getresponse().status == 303
    connection.close()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something that another thread does has happened."""
    give_up_at = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen"
        threading.Event().wait(0.02)


def state(payment: Payment) -> str:
    with transaction.as_staff():
        payment.refresh_from_db()
    return str(payment.state)


def callbacks() -> list[str]:
    with transaction.as_staff():
        return sorted(Callback.objects.exclude(outcome="").values_list("outcome", flat=True))


def test_a_payment_that_is_told_three_times_is_booked_once(organization, gateway, payment):
    choose(payment, "twice")

    wait_for(lambda: callbacks() == ["booked", "repeated"])
    assert state(payment) == "succeeded"
    with transaction.as_staff():
        assert queries.balance(chart.incoming(organization.public_id, "EUR")) == Money(-4990, "EUR")
    assert books.differences() == []


def test_a_customer_who_returns_after_the_callback_finds_it_paid(organization, gateway, payment):
    choose(payment, "before")

    assert state(payment) == "succeeded"


@pytest.mark.parametrize(("choice", "ending"), [("decline", "failed"), ("refuse", "failed"), ("give-up", "cancelled")])
def test_a_customer_who_does_not_pay_finds_that_too(organization, gateway, payment, choice, ending):
    choose(payment, choice)

    assert state(payment) == ending
    assert books.differences() == []


def test_a_customer_may_pay_after_a_refusal(organization, gateway, payment):
    choose(payment, "decline")
    choose(payment, "before")

    assert state(payment) == "succeeded"
    with transaction.as_staff():
        assert queries.balance(chart.incoming(organization.public_id, "EUR")) == Money(-4990, "EUR")
