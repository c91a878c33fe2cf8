from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books, queries
from plancia.ledger.posting import AlreadyPosted, InsufficientFunds
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.outbox.models import Fact
from plancia.payments import chart as payments_chart
from plancia.payments import transfers
from plancia.payments.models import Payment
from plancia.wallet import prepaid
from plancia.wallet import queries as wallet
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def top_up(organization: Organization, minor: int, *, at: datetime = AT, bank_reference: str = "") -> Payment:
    """Let a bank transfer for the prepaid account arrive, and be told."""
    with transaction.as_staff():
        payment = transfers.record(
            organization_id=organization.pk,
            purpose=prepaid.top_up_purpose(organization.pk),
            amount=eur(minor),
            bank_reference=bank_reference or f"{at}/{minor}",
            actor=SYSTEM,
            at=at,
        )
        delivery.tell_untold(at=at)
    return payment


def spend(organization_id: UUID, minor: int, *, purpose: str = "ord_1", at: datetime = AT) -> Payment:
    """Spend as the web does."""
    with tenancy.within(organization_id):
        return prepaid.spend(organization_id=organization_id, purpose=purpose, amount=eur(minor), actor=SYSTEM, at=at)


def balance(organization: Organization) -> Money:
    with tenancy.within(organization.pk):
        return prepaid.balance(organization)


def incoming(organization: Organization) -> Money:
    with transaction.as_staff():
        return -queries.balance(payments_chart.incoming(organization.public_id, "EUR"))


def test_a_new_prepaid_account_is_empty(organization):
    assert balance(organization) == eur(0)


def test_a_top_up_is_put_on_the_account(organization):
    top_up(organization, 5_000)

    assert balance(organization) == eur(5_000)
    assert incoming(organization) == eur(0)
    assert books.differences() == []


def test_a_top_up_told_twice_is_put_there_once(organization):
    top_up(organization, 5_000)

    with transaction.as_staff():
        Fact.objects.update(told_at=None)
        delivery.tell_untold(at=AT)

    assert balance(organization) == eur(5_000)


def test_money_for_something_else_is_left_alone(organization):
    with transaction.as_staff():
        transfers.record(
            organization_id=organization.pk,
            purpose="something_else",
            amount=eur(700),
            bank_reference="x",
            actor=SYSTEM,
            at=AT,
        )
        delivery.tell_untold(at=AT)

    assert balance(organization) == eur(0)
    assert incoming(organization) == eur(700)


def test_spending_is_a_payment_that_succeeds_at_once(organization):
    top_up(organization, 5_000)

    payment = spend(organization.pk, 4_999)

    assert (payment.method, payment.state, payment.purpose) == ("prepaid", "succeeded", "ord_1")
    assert balance(organization) == eur(1)
    assert incoming(organization) == eur(4_999)
    assert books.differences() == []


def test_a_short_balance_pays_nothing(organization):
    top_up(organization, 5_000)

    with pytest.raises(InsufficientFunds):
        spend(organization.pk, 5_001)

    assert balance(organization) == eur(5_000)
    with transaction.as_staff():
        assert Payment.objects.filter(method="prepaid").count() == 0


def test_money_in_another_currency_is_not_enough(organization):
    top_up(organization, 5_000)

    with pytest.raises(InsufficientFunds), tenancy.within(organization.pk):
        prepaid.spend(organization_id=organization.pk, purpose="ord_1", amount=Money(1, "CHF"), actor=SYSTEM, at=AT)


def test_what_is_kept_is_kept_once(organization):
    top_up(organization, 5_000)
    payment = spend(organization.pk, 2_000)

    with transaction.as_staff():
        keep = {"organization_id": organization.pk, "amount": eur(2_000), "reference": f"{payment.public_id}:kept"}
        prepaid.keep(**keep, at=AT)
        with pytest.raises(AlreadyPosted):
            prepaid.keep(**keep, at=AT)

    assert balance(organization) == eur(5_000)


def test_no_more_is_kept_than_came(organization):
    with pytest.raises(InsufficientFunds), transaction.as_staff():
        prepaid.keep(organization_id=organization.pk, amount=eur(1), reference="pay_1:kept", at=AT)


def test_fifty_orders_at_once_spend_a_balance_that_covers_ten(organization):
    top_up(organization, 10_000)

    outcomes = at_once(50, lambda place: spend(organization.pk, 1_000, purpose=f"ord_{place}") and "paid")

    assert outcomes == ["insufficient_funds"] * 40 + ["paid"] * 10
    assert balance(organization) == eur(0)
    assert books.differences() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.sampled_from(["top up", "spend", "keep"]), st.integers(1, 5_000)), max_size=8))
def test_whatever_happens_no_cent_is_lost(organization, moves):
    kept, waiting = balance(organization).minor, incoming(organization).minor

    for number, (move, minor) in enumerate(moves):
        if move == "top up":
            top_up(organization, minor, bank_reference=f"{Payment.objects.model().pk}/{number}")
            kept += minor
        elif move == "spend" and minor <= kept:
            spend(organization.pk, minor)
            kept, waiting = kept - minor, waiting + minor
        elif move == "keep" and minor <= waiting:
            with transaction.as_staff():
                prepaid.keep(
                    organization_id=organization.pk, amount=eur(minor), reference=f"{Payment().public_id}:kept", at=AT
                )
            kept, waiting = kept + minor, waiting - minor
        else:
            with pytest.raises(InsufficientFunds), transaction.as_staff():
                prepaid.spend(
                    organization_id=organization.pk,
                    purpose="ord_1",
                    amount=eur(kept + minor),
                    actor=SYSTEM,
                    at=AT,
                )

    assert (balance(organization), incoming(organization)) == (eur(kept), eur(waiting))
    assert books.differences() == []


def test_the_statement_runs_the_balance_along(organization):
    top_up(organization, 5_000, at=AT)
    payment = spend(organization.pk, 2_000, at=AT + timedelta(days=1), purpose="ord_7")
    with transaction.as_staff():
        prepaid.keep(
            organization_id=organization.pk,
            amount=eur(500),
            reference=f"{payment.public_id}:kept",
            at=AT + timedelta(days=2),
        )

    with tenancy.within(organization.pk):
        page = wallet.statement(organization, page=1)

    assert [(str(row.label), row.amount.minor, row.balance.minor) for row in page] == [
        ("Received, not needed elsewhere", 500, 3_500),
        ("Payment", -2_000, 3_000),
        ("Top-up", 5_000, 5_000),
    ]
    assert page.rows[1].subject == "ord_7"
    assert page.total == 3


def test_a_page_of_the_statement_knows_what_came_before(organization):
    for day in range(5):
        top_up(organization, 100, at=AT + timedelta(days=day))

    with tenancy.within(organization.pk):
        page = wallet.statement(organization, page=2, size=2)

    assert [row.balance.minor for row in page] == [300, 200]


def test_the_statement_is_the_organizations_alone(organization):
    from tests.people import borea, person

    other = borea(person("bea@borea.example"))
    top_up(organization, 5_000)

    with tenancy.within(other.pk):
        assert list(wallet.statement(other)) == []
