"""PayPal: orders approved on its pages and captured by us; webhooks with its real signature scheme."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from plancia.kernel import clock, ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books, queries
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import asking, charging, chart, gateways, profiles
from plancia.payments.gateways import NoSuchGateway
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile
from plancia.wallet import refunding, topping_up
from tests.payments import paypal_double
from tests.payments.paypal_double import PayPal
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PRICE = Money(4990, "EUR")


@pytest.fixture
def paypal(organization: Organization) -> Iterator[PayPal]:
    with paypal_double.running() as server:
        yield server


def start(organization: Organization, **more: bool) -> Payment:
    with tenancy.within(organization.pk):
        return charging.start(
            organization_id=organization.pk,
            purpose="ord_1",
            amount=PRICE,
            method=Method.PAYPAL,
            actor=SYSTEM,
            at=AT,
            **more,
        )


def open_page(payment: Payment) -> str:
    """Open PayPal's page; return its order."""
    gateway = gateways.gateway(payment.gateway)
    address = gateway.checkout_url(payment, return_url="https://console.example/", language="it")
    assert address.startswith(gateway.origin())
    return parse_qs(urlsplit(address).query)["token"][0]


def tell(paypal: PayPal, body: bytes, *, age: int = 0, **more: str) -> tuple[int, str]:
    headers = paypal.headers(body, at=clock.now() - timedelta(seconds=age)) | more
    answer = Client(enforce_csrf_checks=True).post(
        "/api/callbacks/paypal/", body, content_type="application/json", headers=headers
    )
    said = json.loads(answer.content)
    return answer.status_code, said.get("outcome") or said["code"]


def state(payment: Payment) -> tuple[str, str]:
    with transaction.as_staff():
        payment.refresh_from_db()
    return payment.state, payment.failure_code


def incoming(organization: Organization) -> Money:
    with transaction.as_staff():
        return -queries.balance(chart.incoming(organization.public_id, "EUR"))


def ask() -> int:
    return asking.ask_due(at=clock.now() + timedelta(seconds=1))


def captured(paypal: PayPal, payment: Payment) -> bytes:
    (capture,) = [one for one, paid in paypal.captures.items() if paid == payment.public_id]
    amount = {"currency_code": "EUR", "value": "49.90"}
    return paypal.event("PAYMENT.CAPTURE.COMPLETED", {"id": capture, "custom_id": payment.public_id, "amount": amount})


def test_what_the_customer_approves_is_captured_and_booked_once(organization, paypal):
    payment = start(organization)
    order = open_page(payment)
    assert open_page(payment) == order

    approved = paypal.approve(order)
    assert [tell(paypal, approved), tell(paypal, approved)] == [(200, "approved"), (200, "repeated")]
    assert ask() == 1
    assert tell(paypal, captured(paypal, payment)) == (200, "repeated")

    assert state(payment) == ("succeeded", "")
    assert incoming(organization) == PRICE
    assert books.differences() == []


def test_the_news_of_the_capture_may_come_before_its_answer_is_recorded(organization, paypal):
    payment = start(organization)
    tell(paypal, paypal.approve(open_page(payment)))
    with transaction.as_staff():
        payment.refresh_from_db()
    gateways.gateway("paypal").charge(payment, None, at=AT)

    assert tell(paypal, captured(paypal, payment)) == (200, "booked")
    assert ask() == 0
    assert incoming(organization) == PRICE


def test_eight_workers_capture_once(organization, paypal):
    payment = start(organization)
    tell(paypal, paypal.approve(open_page(payment)))

    at_once(8, lambda _: str(ask()))

    assert len(paypal.captures) == 1
    assert incoming(organization) == PRICE


def test_a_capture_that_is_declined_fails(organization, paypal):
    payment = start(organization)
    tell(paypal, paypal.approve(open_page(payment)))
    paypal.is_declining = True

    ask()

    assert state(payment) == ("failed", "instrument_declined")


def test_an_outage_captures_later(organization, paypal):
    payment = start(organization)
    tell(paypal, paypal.approve(open_page(payment)))
    paypal.is_out_of_order = True
    ask()
    paypal.is_out_of_order = False

    assert state(payment) == ("pending", "")
    asking.ask_due(at=clock.now() + asking.LEASE + timedelta(seconds=2))
    assert state(payment) == ("succeeded", "")


@pytest.mark.parametrize(
    "forgery",
    [
        {"age": 400},
        {"paypal-cert-url": "https://evil.example/cert.pem"},
        {"paypal-auth-algo": "none"},
        {"paypal-transmission-sig": "AAAA"},
        {"paypal-transmission-id": "another"},
        {"paypal-transmission-time": "yesterday"},
    ],
)
def test_forged_and_old_webhooks_are_refused(organization, paypal, forgery):
    payment = start(organization)

    assert tell(paypal, paypal.approve(open_page(payment)), **forgery) == (400, "bad_signature")
    assert state(payment) == ("pending", "")


def test_an_account_that_was_kept_is_charged_without_its_owner_and_forgotten(organization, paypal):
    payment = start(organization, is_keeping=True)
    tell(paypal, paypal.approve(open_page(payment)))
    ask()
    with transaction.as_staff():
        kept = Profile.objects.get(method="paypal")
    assert (kept.name, kept.means) == ("ada@paypal.example", "vault-1")

    with tenancy.within(organization.pk):
        later = charging.charge(profile_id=kept.pk, purpose="inv_1", amount=PRICE, actor=SYSTEM, at=AT)
    ask()

    assert state(later) == ("succeeded", "")
    with transaction.as_staff():
        profiles.remove(profile_id=kept.pk, actor=SYSTEM, at=AT)
    assert asking.forget_due(at=AT) == 1
    assert paypal.deleted == ["vault-1"]


def test_money_goes_back_to_the_account_it_came_from(organization, paypal):
    with tenancy.within(organization.pk):
        begun = topping_up.start(
            organization_id=organization.pk, amount=PRICE, key=ids.new(), method=Method.PAYPAL, actor=SYSTEM, at=AT
        )
    tell(paypal, paypal.approve(open_page(begun.payment)))
    ask()
    delivery.tell_untold(at=AT)
    with transaction.as_staff():
        refunding.ask(
            payment_id=begun.payment_id, amount=Money(1990, "EUR"), reason="x", key=ids.new(), actor=SYSTEM, at=AT
        )

    refunding.ask_due(at=AT)

    assert [one["amount"]["value"] for one in paypal.refunds] == ["19.90"]
    assert books.differences() == []


def test_switched_off_it_is_not_offered(organization):
    assert gateways.names(Method.PAYPAL) == []
    with pytest.raises(NoSuchGateway):
        start(organization)
