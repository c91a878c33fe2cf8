from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.conf import settings as configuration
from django.test import Client

from plancia.kernel import clock, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books, queries
from plancia.organizations.models import Organization
from plancia.payments import charging, chart
from plancia.payments.gateways import signing
from plancia.payments.models import Callback, Payment
from tests.racing import at_once

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "/api/callbacks/rehearsal/"


@pytest.fixture(autouse=True)
def still() -> object:
    """Let the clock stand still."""
    with clock.at(NOW):
        yield


@pytest.fixture
def payment(organization: Organization) -> Payment:
    with tenancy.within(organization.pk):
        return charging.start(
            organization_id=organization.pk, purpose="ord_1", amount=Money(4990, "EUR"), actor=SYSTEM, at=NOW
        )


def message(payment: Payment | None = None, kind: str = "payment.succeeded", **changes: object) -> bytes:
    told = {
        "payment": payment.public_id if payment else "pay_01h455vb4pex5vsknk084sn02q",
        "reference": "reh_1",
        "amount_minor": 4990,
        "currency": "EUR",
    }
    return json.dumps({"type": kind, "data": told | changes}).encode()


def call(
    body: bytes,
    *,
    event: str = "",
    at: datetime = NOW,
    secret: str = "",
    signature: str = "",
    url: str = URL,
) -> tuple[int, dict]:
    """Call as the gateway does; return the status and the answer."""
    event, sent_at = event or f"msg_{uuid4()}", str(int(at.timestamp()))
    signed = signing.sign(secret or configuration.REHEARSAL_GATEWAY_SECRET, f"{event}.{sent_at}.{body.decode()}")
    answer = Client(enforce_csrf_checks=True).post(
        url,
        body,
        content_type="application/json",
        headers={
            "webhook-id": event,
            "webhook-timestamp": sent_at,
            "webhook-signature": signature or f"v1,{signed}",
        },
    )
    return answer.status_code, json.loads(answer.content)


def booked(organization: Organization) -> Money:
    with transaction.as_staff():
        return -queries.balance(chart.incoming(organization.public_id, "EUR"))


def kept() -> list[str]:
    with transaction.as_staff():
        return list(Callback.objects.order_by("pk").values_list("outcome", flat=True))


def test_a_signed_callback_books_the_payment(organization, payment):
    assert call(message(payment)) == (200, {"outcome": "booked"})

    assert booked(organization) == Money(4990, "EUR")
    assert kept() == ["booked"]
    assert books.differences() == []


def test_the_same_callback_again_changes_nothing(organization, payment):
    first = call(message(payment), event="msg_1")
    second = call(message(payment), event="msg_1")

    assert (first, second) == ((200, {"outcome": "booked"}), (200, {"outcome": "repeated"}))
    assert booked(organization) == Money(4990, "EUR")
    assert kept() == ["booked"]


def test_the_same_news_under_another_name_changes_nothing(organization, payment):
    call(message(payment))

    assert call(message(payment)) == (200, {"outcome": "repeated"})
    assert booked(organization) == Money(4990, "EUR")


def test_twenty_callbacks_at_once_book_once(organization, payment):
    def tell(place: int) -> str:
        with clock.at(NOW):
            # Half of them the same message, half of them another with the same news.
            return str(call(message(payment), event="msg_1" if place % 2 else "")[1]["outcome"])

    assert at_once(20, tell) == ["booked"] + ["repeated"] * 19
    assert booked(organization) == Money(4990, "EUR")
    assert books.differences() == []


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "another"},
        {"signature": "v1,AAAA"},
        {"signature": "v2,AAAA"},
        {"signature": "v1,é"},
        {"at": datetime(2026, 3, 2, 9, 24, 59, tzinfo=UTC)},
        {"at": datetime(2026, 3, 2, 9, 35, 1, tzinfo=UTC)},
    ],
)
def test_a_bad_signature_is_refused_and_nothing_is_kept(organization, payment, forgery):
    status, problem = call(message(payment), **forgery)

    assert (status, problem["code"]) == (400, "bad_signature")
    assert booked(organization) == Money.zero("EUR")
    assert kept() == []


def test_a_callback_without_headers_is_refused(payment):
    answer = Client().post(URL, message(payment), content_type="application/json")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["code"] == "bad_signature"


def test_a_signature_may_stand_among_others(organization, payment):
    body = message(payment)
    good = signing.sign(configuration.REHEARSAL_GATEWAY_SECRET, f"msg_1.{int(NOW.timestamp())}.{body.decode()}")

    assert call(body, event="msg_1", signature=f"v1,AAAA v1,{good}")[0] == 200
    assert booked(organization) == Money(4990, "EUR")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"type": "payment.succeeded"}',
        b'{"type": "payment.succeeded", "data": {"payment": 7}}',
        message(amount_minor="4990"),
        message(amount_minor=49.9),
        message(currency="euro"),
        message(reference="x" * 201),
        message(reference="a\0b"),
        message(kind=["payment.succeeded"]),
        message(kind="payment.\ud800"),
        message(reference="\ud800"),
        message(note="a\0b"),
        message(note={"\\\\\0": ["\\\0"]}),
        message(note=float("nan")),
        message(note=1)[:-3] + b"e999}}",
        b"[" * 60_000,
    ],
)
def test_a_signed_callback_that_makes_no_sense_is_refused(db, body):
    status, problem = call(body)

    assert (status, problem["code"]) == (400, "bad_callback")
    assert kept() == []


def test_what_only_looks_like_an_escape_is_kept(organization, payment):
    call(message(payment, note="a\\u0000"))

    with transaction.as_staff():
        assert Callback.objects.get().payload["data"]["note"] == "a\\u0000"


def test_a_message_id_that_no_index_holds_is_refused(organization, payment):
    event = "".join(str(uuid4()) for _ in range(200))

    status, problem = call(message(payment), event=event)

    assert (status, problem["code"]) == (400, "bad_signature")


def test_a_body_that_is_no_text_is_refused(db):
    answer = Client().post(
        URL,
        b"\xff\xfe",
        content_type="application/json",
        headers={"webhook-id": "m", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": "v1,x"},
    )

    assert answer.status_code == 400


def test_a_callback_that_is_too_long_is_not_read(db):
    answer = Client().post(URL, b"x" * 70_000, content_type="application/json")

    assert (answer.status_code, json.loads(answer.content)["code"]) == (413, "too_long")


def test_a_failure_is_recorded_with_its_reason(organization, payment):
    told = call(message(payment, "payment.failed", code="insufficient_funds"))

    assert told == (200, {"outcome": "failed"})
    with transaction.as_staff():
        payment.refresh_from_db()
    assert (payment.state, payment.failure_code) == ("failed", "insufficient_funds")


def test_giving_up_cancels_the_payment(organization, payment):
    assert call(message(payment, "payment.cancelled")) == (200, {"outcome": "cancelled"})

    with transaction.as_staff():
        payment.refresh_from_db()
    assert payment.state == "cancelled"


def test_a_failure_told_after_the_success_changes_nothing(organization, payment):
    call(message(payment))

    assert call(message(payment, "payment.failed", code="late")) == (200, {"outcome": "late"})
    assert booked(organization) == Money(4990, "EUR")


def test_money_for_a_cancelled_payment_is_booked(organization, payment):
    call(message(payment, "payment.cancelled"))

    assert call(message(payment)) == (200, {"outcome": "booked"})
    assert booked(organization) == Money(4990, "EUR")


def test_a_callback_for_an_unknown_payment_is_kept(organization):
    assert call(message()) == (200, {"outcome": "unknown"})
    assert kept() == ["unknown"]


@pytest.mark.parametrize("difference", [{"amount_minor": 4989}, {"amount_minor": 4991}, {"currency": "CHF"}])
def test_another_amount_is_kept_and_not_booked(organization, payment, difference):
    assert call(message(payment, **difference)) == (200, {"outcome": "different_amount"})

    assert booked(organization) == Money.zero("EUR")
    with transaction.as_staff():
        payment.refresh_from_db()
    assert payment.state == "pending"


def test_a_second_collection_is_kept_and_not_booked(organization, payment):
    call(message(payment))

    assert call(message(payment, reference="reh_2")) == (200, {"outcome": "collected_twice"})
    assert booked(organization) == Money(4990, "EUR")


def test_news_of_another_kind_is_kept_and_ignored(organization, payment):
    assert call(message(payment, "payment.disputed")) == (200, {"outcome": "ignored"})
    assert kept() == ["ignored"]


def test_an_unknown_gateway_is_not_found(db):
    assert call(message(), url="/api/callbacks/nobody/")[0] == 404


def test_a_gateway_that_is_switched_off_is_not_found(db, settings):
    settings.REHEARSAL_GATEWAY_URL = ""

    assert call(message())[0] == 404


def test_only_posts_are_taken(db):
    assert Client().get(URL).status_code == 405


def test_a_session_changes_nothing(organization, payment):
    """The callback is bound to no user, and the web's role could not read what gateways told."""
    with tenancy.within(organization.pk):
        call(message(payment))
        assert not Callback.objects.exists()
