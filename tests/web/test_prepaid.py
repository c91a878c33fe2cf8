"""Accounting → Prepaid account, over HTTP: topping up, taking back, by itself, the statement."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from uuid import uuid4

import psycopg
import pypdf
import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.accounts.models import User
from plancia.bank.models import Payout
from plancia.kernel import clock, ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger.models import Account
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.outbox import delivery
from plancia.payments import charging, customer_references, transfers
from plancia.payments.models import Payment
from plancia.wallet import chart, prepaid
from plancia.wallet.models import AutomaticTopUp, TopUp
from tests import people
from tests.payments import saved
from tests.racing import at_once
from tests.subscriptions import world


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example")


@pytest.fixture
def aurora(ada) -> Organization:
    organization = people.aurora(ada)
    delivery.tell_untold(at=clock.now())
    return organization


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(ada) -> Client:
    return browser(ada)


def place(organization: Organization, rest: str = "") -> str:
    return f"/o/{organization.public_id}/accounting/prepaid/{rest}"


def give(organization: Organization, minor: int) -> None:
    with transaction.as_staff():
        transfers.record(
            organization_id=organization.pk,
            purpose=prepaid.top_up_purpose(organization.pk),
            amount=Money(minor, "EUR"),
            bank_reference=str(uuid4()),
            actor=SYSTEM,
            at=clock.now(),
        )
    delivery.tell_untold(at=clock.now())


def balance(organization: Organization) -> Money:
    with transaction.as_staff():
        return prepaid.balance(organization)


def form(amount: str = "50,00", method: str = "card", **more: str) -> dict[str, str]:
    return {"key": str(ids.new()), "amount": amount, "method": method} | more


def test_the_limits_are_shown_before_paying(aurora, client):
    page = client.get(place(aurora, "top-up/")).content.decode()

    for shown in ("€5.00", "€5,000.00", "€20,000.00"):
        assert shown in page


def test_a_top_up_by_card_leads_to_the_gateway_and_is_on_the_account_when_told(aurora, client):
    leaving = client.post(place(aurora, "top-up/"), form())
    assert leaving["location"].startswith("http://127.0.0.1:")
    with transaction.as_staff():
        (top_up,) = TopUp.objects.all()
    back = place(aurora, f"?top-up={top_up.public_id}")
    assert "We are waiting" in client.get(back).content.decode()

    with transaction.as_staff():
        charging.succeed(payment_id=top_up.payment_id, gateway_reference="reh_1", at=clock.now())
    assert "We are waiting" in client.get(back).content.decode()
    delivery.tell_untold(at=clock.now())

    page = client.get(back).content.decode()
    assert "€50.00 is on the account" in page
    assert balance(aurora) == Money(5000, "EUR")


def test_a_top_up_that_failed_is_said(aurora, client):
    client.post(place(aurora, "top-up/"), form())
    with transaction.as_staff():
        (top_up,) = TopUp.objects.all()
        charging.fail(payment_id=top_up.payment_id, code="insufficient_funds", at=clock.now())

    assert "did not go through" in client.get(place(aurora, f"?top-up={top_up.public_id}")).content.decode()


@pytest.mark.parametrize("typed", ["", "0", "-5", "abc", "1,234", "4.99", "5000.01", "1e3", "NaN", "٥٠", "9" * 30])
def test_what_is_no_amount_within_the_limits_is_refused_and_nothing_typed_is_lost(aurora, client, typed):
    answer = client.post(place(aurora, "top-up/"), form(typed))

    assert answer.status_code == 422
    if typed:
        assert f'value="{typed}"' in answer.content.decode()
    with transaction.as_staff():
        assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("typed", "minor"), [("1'234.50", 123_450), ("1.234,50", 123_450), ("50", 5000), (" 7,5 ", 750)]
)
def test_amounts_are_read_as_people_write_them(aurora, client, typed, minor):
    client.post(place(aurora, "top-up/"), form(typed))

    with transaction.as_staff():
        assert TopUp.objects.get().amount_minor == minor


def test_the_button_pressed_eight_times_at_once_is_one_top_up(aurora, ada):
    sent = form()

    outcomes = at_once(8, lambda _: browser(ada).post(place(aurora, "top-up/"), sent).status_code)

    assert outcomes == ["302"] * 8
    with transaction.as_staff():
        assert TopUp.objects.count() == Payment.objects.count() == 1


def test_a_saved_card_is_charged_and_one_of_others_is_not_offered(aurora, client):
    card = saved.card(aurora, at=clock.now())
    theirs = saved.card(people.borea(people.person("ben@borea.example")), at=clock.now())

    assert client.post(place(aurora, "top-up/"), form(method=theirs.public_id)).status_code == 422
    assert "?top-up=" in client.post(place(aurora, "top-up/"), form(method=card.public_id))["location"]
    with transaction.as_staff():
        assert TopUp.objects.get().payment.profile_id == card.pk


def test_by_transfer_the_customer_gets_her_own_reference(aurora, client):
    page = client.post(place(aurora, "top-up/"), form(method="transfer"), follow=True).content.decode()

    with transaction.as_staff():
        reference = customer_references.of(aurora.pk, at=clock.now())
    assert f'data-text="{reference}"' in page


def withdrawal(amount: str = "30", **more: str) -> dict[str, str]:
    return {
        "key": str(ids.new()),
        "amount": amount,
        "to": "bank",
        "holder": "Aurora Srl",
        "iban": "IT60 X054 2811 1010 0000 0123 456",
    } | more


def test_a_withdrawal_is_reserved_and_shown(aurora, client):
    give(aurora, 10_000)

    page = client.post(place(aurora, "withdrawal/"), withdrawal(), follow=True).content.decode()

    assert "Being checked" in page
    assert "IT60 X054 2811 1010 0000 0123 456" in page
    assert balance(aurora) == Money(7000, "EUR")
    assert books.differences() == []


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("iban", {"iban": "IT60X0542811101000000123457"}),
        ("iban", {"iban": ""}),
        ("holder", {"holder": " "}),
        ("amount", {"amount": "100.01"}),
        ("paypal_email", {"to": "paypal"}),
        ("paypal_email", {"to": "paypal", "paypal_email": "nobody"}),
    ],
)
def test_what_cannot_be_paid_out_is_said_at_its_field(aurora, client, field, more):
    give(aurora, 10_000)

    answer = client.post(place(aurora, "withdrawal/"), withdrawal(**more))

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert balance(aurora) == Money(10_000, "EUR")


def test_a_withdrawal_sent_eight_times_at_once_is_one(aurora, ada):
    give(aurora, 10_000)
    sent = withdrawal()

    at_once(8, lambda _: browser(ada).post(place(aurora, "withdrawal/"), sent).status_code)

    with transaction.as_staff():
        assert Payout.objects.count() == 1
    assert balance(aurora) == Money(7000, "EUR")


def test_eight_withdrawals_at_once_take_no_more_than_there_is(aurora, ada):
    give(aurora, 10_000)

    outcomes = at_once(8, lambda _: browser(ada).post(place(aurora, "withdrawal/"), withdrawal("40")).status_code)

    assert outcomes == ["302"] * 2 + ["422"] * 6
    assert balance(aurora) == Money(2000, "EUR")
    assert books.differences() == []


def test_automatic_top_up_is_switched_on_and_off(aurora, client):
    assert "No card is saved yet" in client.get(place(aurora, "automatic/")).content.decode()
    card = saved.card(aurora, at=clock.now())
    wish = {"threshold": "20", "amount": "50", "monthly_cap": "200", "profile": card.public_id}

    refused = client.post(place(aurora, "automatic/"), wish | {"monthly_cap": "40"})
    assert refused.status_code == 422
    assert 'id="id_monthly_cap_error"' in refused.content.decode()
    client.post(place(aurora, "automatic/"), wish)
    with transaction.as_staff():
        assert AutomaticTopUp.objects.get().is_on
    assert "at most €200.00 a month" in client.get(place(aurora)).content.decode()
    client.post(place(aurora, "automatic/end/"))
    with transaction.as_staff():
        assert not AutomaticTopUp.objects.get().is_on


def test_who_sees_but_may_not_pay_moves_nothing(aurora):
    cy = people.person("cy@example.com")
    people.member(aurora, cy, Role.EXTERNAL)

    for rest in ("top-up/", "withdrawal/", "automatic/", "automatic/end/"):
        assert browser(cy).post(place(aurora, rest), withdrawal()).status_code == 403


def fill(superuser: psycopg.Connection, organization: Organization, number: int) -> None:
    """Write many small moves, as years of renewals make them, past the rules: only their number matters here."""
    give(organization, 100)
    with transaction.as_staff():
        account = Account.objects.get(code=chart.prepaid(organization.public_id, "EUR"))
    with superuser.transaction():
        superuser.execute("set local session_replication_role = replica")
        superuser.execute(
            """
            with booked as (
                insert into ledger_transaction (id, reference, organization_id, booked_at, description)
                select gen_random_uuid(), 'x' || gen_random_uuid(), %(o)s, now() - n * interval '1 minute', ''
                from generate_series(1, %(n)s) n returning id
            )
            insert into ledger_entry (id, organization_id, transaction_id, account_id, amount_minor, currency)
            select gen_random_uuid(), %(o)s, id, %(a)s, -100, 'EUR' from booked""",
            {"o": organization.pk, "n": number, "a": account.pk},
        )


def cost(client: Client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connections["default"]) as seen:
        assert client.get(page).status_code == 200
    return sum(not one["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for one in seen.captured_queries)


def test_a_balance_that_will_not_do_is_seen_on_the_home_and_on_its_page(aurora, client):
    held = world.buy(aurora, world.plan(), is_renewing=True, at=clock.now())
    at = held.paid_until - timedelta(days=30)
    world.offer(at=at)
    home = f"/o/{aurora.public_id}/"

    with clock.at(at):
        short = [client.get(page).content.decode() for page in (home, place(aurora))]
        costs = [cost(client, page) for page in (home, place(aurora))]
        world.top_up(aurora, "500", at=at)
        covered = [client.get(page).content.decode() for page in (home, place(aurora))]

    assert "Does not cover the coming renewals" in short[0]
    assert "missing for coming renewals" in short[1]
    assert max(costs) <= 10
    assert not any("for coming renewals" in page or "Does not cover" in page for page in covered)


def test_a_statement_of_fifty_thousand_moves_costs_what_one_of_fifty_does(aurora, client, superuser):
    fill(superuser, aurora, 50)
    few = cost(client, place(aurora))
    fill(superuser, aurora, 49_950)

    assert cost(client, place(aurora)) == few <= 10


def test_the_statement_as_csv_and_pdf_says_what_the_page_says(aurora, client):
    give(aurora, 10_000)
    with tenancy.within(aurora.pk):
        prepaid.spend(
            organization_id=aurora.pk, purpose="=cmd", amount=Money(1234, "EUR"), actor=SYSTEM, at=clock.now()
        )
    year = clock.now().year

    told = client.get(place(aurora, f"statement.csv?year={year}")).content.decode()
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [(row["amount"], row["balance"]) for row in rows] == [("100.00", "100.00"), ("-12.34", "87.66")]
    assert rows[1]["subject"] == "'=cmd"

    pdf = client.get(place(aurora, f"statement.pdf?year={year}"))
    words = re.sub(r"\s", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.content)).pages))
    for word in ("Aurora Srl", "100,00", "87,66"):
        assert word in words
    before = pypdf.PdfReader(io.BytesIO(client.get(place(aurora, "statement.pdf?year=2001")).content))
    assert "Nothing has moved" in before.pages[0].extract_text()
