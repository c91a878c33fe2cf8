from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.accounts.models import User
from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.catalog.models import Plan
from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.leaving import withdrawal
from plancia.leaving.withdrawal import NoRightToWithdraw
from plancia.ledger import books
from plancia.organizations import founding
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind
from plancia.subscriptions import activation
from plancia.subscriptions.cancellation import NotCancellable
from plancia.subscriptions.models import Subscription
from plancia.wallet import prepaid
from tests import racing
from tests.leaving.world import actor, ask, confirm, mails, night
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


@pytest.fixture
def giulia(ada: User) -> Organization:
    """A consumer in Italy."""
    return founding.found(
        user=ada,
        kind=Kind.PERSON,
        legal_name="Giulia Rossi",
        country="IT",
        city="Roma",
        postcode="00100",
        street="Via Appia",
        language="it",
        actor=actor(ada),
        at=MARCH,
    )


def withdraw(held: Subscription, user: User, *, at) -> Money:
    with transaction.as_staff():
        return withdrawal.withdraw(
            subscription_id=held.pk, email="giulia@mail.example", language="it", actor=actor(user), at=at
        )


def test_a_new_contract_is_taken_back_and_paid_back(giulia: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(giulia, hosting)
    paid = Invoice.objects.get().total

    returned = withdraw(held, ada, at=MARCH + days(14))
    night(at=MARCH + days(14))

    assert returned == paid == prepaid.balance(giulia)
    assert world.fresh(held).state == "terminated"
    assert mails("giulia@mail.example") == ["Recesso da aurora.it ricevuto"]
    assert books.differences() == []


def test_of_an_invoice_only_its_own_lines_come_back(giulia: Organization, ada: User, hosting: Plan) -> None:
    one, other = (take(giulia, hosting, name) for name in ("one.it", "two.it"))
    lines = [
        LineDraft(
            held.name,
            1,
            held.price.amount,
            held.price.amount,
            subject=held.public_id,
            price_id=held.price_id,
            period=Period.term(MARCH, after_months=0, months=12),
        )
        for held in (one, other)
    ]
    invoice = issuing.issue(
        organization_id=giulia.pk,
        lines=lines,
        purpose="bought",
        buyer=parties.buyer(giulia),
        currency="EUR",
        language="it",
        due_on=MARCH.date(),
        at=MARCH,
        actor=actor(ada),
    )
    activation.bill(subscriptions=[one, other], invoice=invoice.public_id)
    world.pay(invoice, at=MARCH)
    world.set_up(at=MARCH)

    returned = withdraw(one, ada, at=MARCH + days(1))
    night(at=MARCH + days(1))

    assert returned.times(2) == invoice.total
    assert [world.fresh(held).state for held in (one, other)] == ["terminated", "active"]
    assert books.differences() == []


def test_the_time_is_over_after_fourteen_days(giulia: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(giulia, hosting)

    with pytest.raises(NoRightToWithdraw):
        withdraw(held, ada, at=MARCH + days(15))

    assert world.fresh(held).state == "active"


def test_a_company_has_no_such_right(aurora: Organization, ada: User, hosting: Plan) -> None:
    with pytest.raises(NoRightToWithdraw):
        withdraw(world.buy(aurora, hosting), ada, at=MARCH)


def test_of_many_who_withdraw_at_once_one_does(giulia: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(giulia, hosting)
    paid = Invoice.objects.get().total

    outcomes = racing.at_once(4, lambda _place: withdraw(held, ada, at=MARCH) and None)

    assert outcomes == ["done", *["not_cancellable"] * 3]
    assert prepaid.balance(giulia) == paid


def test_what_was_given_up_for_later_can_still_be_taken_back(giulia: Organization, ada: User, hosting: Plan) -> None:
    held = world.buy(giulia, hosting)
    confirm(ask(giulia, ada, held, at=MARCH), at=MARCH)

    withdraw(held, ada, at=MARCH + days(2))

    with pytest.raises(NotCancellable):
        withdraw(held, ada, at=MARCH + days(2))
    assert world.fresh(held).terminated_at == MARCH + days(2)


@given(st.integers(min_value=0, max_value=400 * 24))
def test_the_right_lasts_whole_days_and_never_less_than_fourteen(hours: int) -> None:
    ordered_at = MARCH + days(hours / 24)

    last = withdrawal.until_after(ordered_at, Organization(country="IT", kind="person"))

    assert last is not None and days(14) <= last - ordered_at <= days(15) + days(1 / 24)


def take(organization: Organization, plan: Plan, name: str) -> Subscription:
    return activation.take(
        organization_id=organization.pk,
        plan=Plan.objects.select_related("product_type").get(pk=plan.pk),
        price=plan.prices.get(currency="EUR", months=12),
        months=12,
        quantity=1,
        choices={},
        name=name,
        at=MARCH,
    )
