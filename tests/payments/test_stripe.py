"""Stripe: our side with the company's own library, against a server that speaks its API, with real signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest
from django.test import Client

from plancia.kernel import clock, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books, queries
from plancia.organizations.models import Organization
from plancia.payments import asking, charging, chart, gateways, profiles
from plancia.payments.gateways.protocol import GatewayAway, Means
from plancia.payments.models import Dispute, Payment, Profile
from tests.payments import stripe_double
from tests.payments.stripe_double import Stripe, signed
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PRICE = Money(4990, "EUR")
URL = "/api/callbacks/stripe/"


@pytest.fixture
def stripe(organization: Organization) -> Iterator[Stripe]:
    with stripe_double.running() as server:
        yield server


def start(organization: Organization, **more: bool) -> Payment:
    with tenancy.within(organization.pk):
        return charging.start(
            organization_id=organization.pk, purpose="ord_1", amount=PRICE, actor=SYSTEM, at=AT, **more
        )


def open_page(payment: Payment) -> str:
    """Open the gateway's page; return its session."""
    address = gateways.gateway("stripe").checkout_url(payment, return_url="https://console.example/", language="it")
    place = urlsplit(address)
    assert f"{place.scheme}://{place.netloc}" in gateways.origins()
    return place.path.rsplit("/", 1)[1]


def tell(body: bytes, *, age: float = 0, secret: str = stripe_double.SECRET) -> tuple[int, str]:
    now = clock.now().timestamp()
    answer = Client(enforce_csrf_checks=True).post(
        URL,
        body,
        content_type="application/json",
        headers={"stripe-signature": signed(body, at=now - age, secret=secret)},
    )
    said = json.loads(answer.content)
    return answer.status_code, said.get("outcome") or said["code"]


def card(organization: Organization, means: str) -> Profile:
    with transaction.as_staff():
        started = profiles.start(organization_id=organization.pk, actor=SYSTEM, at=AT)
        return profiles.save(profile_id=started.pk, means=Means(means, "Visa", "4242", customer="cus_1"), at=AT)


def charge(profile: Profile) -> Payment:
    with tenancy.within(profile.organization_id):
        return charging.charge(profile_id=profile.pk, purpose="inv_1", amount=PRICE, actor=SYSTEM, at=AT)


def state(payment: Payment) -> tuple[str, str]:
    with transaction.as_staff():
        payment.refresh_from_db()
    return payment.state, payment.failure_code


def incoming(organization: Organization) -> Money:
    with transaction.as_staff():
        return -queries.balance(chart.incoming(organization.public_id, "EUR"))


def test_a_payment_on_its_page_is_booked_by_its_webhook_also_before_the_browser_returns(organization, stripe):
    payment = start(organization)
    session = open_page(payment)
    assert open_page(payment) == session

    assert tell(stripe.event("charge.succeeded", stripe.pay(session))) == (200, "booked")

    assert state(payment) == ("succeeded", "")
    assert incoming(organization) == PRICE
    assert books.differences() == []


def test_3d_secure_is_asked_on_its_page_and_news_of_it_changes_nothing(organization, stripe):
    payment = start(organization)
    session = open_page(payment)
    asks = stripe.event("payment_intent.requires_action", {"id": "pi_1", "metadata": {"payment": payment.public_id}})

    assert tell(asks) == (200, "ignored")
    assert state(payment) == ("pending", "")
    assert tell(stripe.event("charge.succeeded", stripe.pay(session))) == (200, "booked")


def test_a_decline_says_why_and_money_that_comes_later_is_booked(organization, stripe):
    payment = start(organization)
    session = open_page(payment)
    declined = {
        "id": "pi_1",
        "metadata": {"payment": payment.public_id},
        "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"},
    }

    assert tell(stripe.event("payment_intent.payment_failed", declined)) == (200, "failed")
    assert state(payment) == ("failed", "insufficient_funds")
    assert tell(stripe.event("charge.succeeded", stripe.pay(session))) == (200, "booked")
    assert incoming(organization) == PRICE


def test_duplicates_and_races_book_once(organization, stripe):
    payment = start(organization)
    paid = stripe.pay(open_page(payment))
    same = stripe.event("charge.succeeded", paid, name="evt_same")

    def act(place: int) -> str:
        return tell(same if place % 2 else stripe.event("charge.succeeded", paid))[1]

    assert at_once(8, act) == ["booked"] + ["repeated"] * 7
    assert incoming(organization) == PRICE


def test_a_session_that_expires_cancels(organization, stripe):
    payment = start(organization)
    told = {"id": "cs_1", "metadata": {"payment": payment.public_id}}

    assert tell(stripe.event("checkout.session.expired", told)) == (200, "cancelled")
    assert state(payment) == ("cancelled", "")


@pytest.mark.parametrize("forgery", [{"secret": "whsec_of_another"}, {"age": 4000}])
def test_forged_and_old_webhooks_are_refused(organization, stripe, forgery):
    payment = start(organization)
    body = stripe.event("charge.succeeded", stripe.pay(open_page(payment)))

    assert tell(body, **forgery) == (400, "bad_signature")
    assert state(payment) == ("pending", "")
    assert tell(b'{"id": 1}') == (400, "bad_callback")


def test_a_card_is_kept_with_the_payment_it_paid(organization, stripe):
    payment = start(organization, is_keeping=True)

    tell(stripe.event("charge.succeeded", stripe.pay(open_page(payment))))

    with transaction.as_staff():
        (kept,) = Profile.objects.filter(method="card")
    assert (kept.name, kept.expires_on, kept.customer) == ("Visa •••• 4242", date(2031, 4, 30), "cus_test_1")


def test_a_card_is_saved_without_a_payment(organization, stripe):
    with tenancy.within(organization.pk):
        profile = profiles.start(organization_id=organization.pk, actor=SYSTEM, at=AT)
    address = gateways.gateway("stripe").saving_url(profile, return_url="https://console.example/", language="it")
    assert address.startswith("https://checkout.stripe.com/")
    told = {
        "id": "seti_1",
        "metadata": {"profile": profile.public_id},
        "payment_method": "pm_1",
        "customer": "cus_1",
    }

    body = stripe.event("setup_intent.succeeded", told)
    stripe.is_out_of_order = True
    outcomes = [tell(body)]
    stripe.is_out_of_order = False
    outcomes += [tell(body), tell(body)]

    assert outcomes == [(503, "gateway_away"), (200, "saved"), (200, "repeated")]
    with transaction.as_staff():
        profile.refresh_from_db()
    assert (profile.state, profile.means, profile.name) == ("active", "pm_1", "Visa •••• 4242")


@pytest.mark.parametrize(
    ("means", "ended"),
    [
        ("pm_card_visa", ("succeeded", "")),
        ("pm_declined", ("failed", "insufficient_funds")),
        ("pm_asks", ("failed", "authentication_required")),
        ("pm_gone", ("failed", "resource_missing")),
        ("pm_slow", ("pending", "")),
    ],
)
def test_a_saved_card_is_charged_without_its_holder(organization, stripe, means, ended):
    payment = charge(card(organization, means))

    asking.ask_due(at=AT)

    assert state(payment) == ended
    assert incoming(organization) == (PRICE if ended[0] == "succeeded" else Money.zero("EUR"))


def test_asking_again_collects_nothing_more(organization, stripe):
    payment = charge(card(organization, "pm_card_visa"))
    profile = Profile.objects.using("staff").get(pk=payment.profile_id)
    gateway = gateways.gateway("stripe")

    answers = {gateway.charge(payment, profile, at=AT).reference for _ in range(3)}

    assert len(answers) == len(stripe.intents) == 1


def test_the_webhook_of_a_charge_without_its_holder_may_come_first(organization, stripe):
    payment = charge(card(organization, "pm_card_visa"))
    profile = Profile.objects.using("staff").get(pk=payment.profile_id)
    reference = gateways.gateway("stripe").charge(payment, profile, at=AT).reference
    told = {"payment_intent": reference, "amount": 4990, "currency": "eur", "metadata": {"payment": payment.public_id}}

    assert tell(stripe.event("charge.succeeded", told))[1] == "booked"
    asking.ask_due(at=AT)

    assert incoming(organization) == PRICE
    assert books.differences() == []


def test_an_outage_charges_later(organization, stripe):
    payment = charge(card(organization, "pm_card_visa"))
    stripe.is_out_of_order = True
    asking.ask_due(at=AT)
    assert state(payment) == ("pending", "")
    with pytest.raises(GatewayAway):
        open_page(start(organization))

    stripe.is_out_of_order = False
    asking.ask_due(at=AT + asking.LEASE)

    assert state(payment) == ("succeeded", "")


def test_a_card_that_was_given_up_is_detached(organization, stripe):
    profile = card(organization, "pm_card_visa")
    with transaction.as_staff():
        profiles.remove(profile_id=profile.pk, actor=SYSTEM, at=AT)

    assert (asking.forget_due(at=AT), asking.forget_due(at=AT)) == (1, 0)
    assert stripe.detached == ["pm_card_visa"]
    gateways.gateway("stripe").forget(profile, at=AT)


def test_a_chargeback_is_owed_until_it_is_won(organization, stripe):
    payment = start(organization)
    paid = stripe.pay(open_page(payment))
    tell(stripe.event("charge.succeeded", paid))
    told = {
        "id": "dp_1",
        "payment_intent": paid["payment_intent"],
        "amount": 4990,
        "currency": "eur",
        "reason": "fraudulent",
    }

    taken = [tell(stripe.event("charge.dispute.funds_withdrawn", told))[1] for _ in range(2)]
    assert taken == ["disputed", "disputed"]
    with transaction.as_staff():
        assert queries.balance(chart.disputed(organization.public_id, "EUR")) == PRICE
        assert Dispute.objects.get().reason == "fraudulent"
        assert queries.balance(chart.clearing("stripe", "EUR")) == Money.zero("EUR")
    assert books.differences() == []

    won = [tell(stripe.event("charge.dispute.funds_reinstated", told))[1] for _ in range(2)]
    assert won == ["dispute_won", "dispute_won"]
    with transaction.as_staff():
        assert queries.balance(chart.disputed(organization.public_id, "EUR")) == Money.zero("EUR")
    stranger = told | {"id": "dp_2", "payment_intent": "pi_of_another"}
    assert tell(stripe.event("charge.dispute.funds_withdrawn", stranger))[1] == "unknown"
    assert books.differences() == []
