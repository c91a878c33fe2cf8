from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.accounts.models import User
from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.catalog.models import Plan
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.leaving import withdrawal
from plancia.leaving.withdrawal import NoRightToWithdraw
from plancia.ledger import books
from plancia.organizations import founding
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind
from plancia.outbox import delivery, facts
from plancia.payments import charging
from plancia.subscriptions import activation
from plancia.subscriptions.cancellation import NotCancellable
from plancia.subscriptions.models import Subscription
from plancia.wallet import prepaid, refunding
from tests import racing
from tests.leaving.world import actor, ask, confirm, mails, night
from tests.payments import stripe_double
from tests.payments.stripe_double import Stripe
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
        ).total


def pay_by_card(stripe: Stripe, most: Money | None = None) -> Callable[..., None]:
    """Return what pays an invoice by card; beyond `most`, from the prepaid account."""

    def pay(invoice: Invoice, *, at: datetime) -> None:
        amount = min(most or invoice.total, invoice.total)
        with transaction.as_staff(), facts.told_by_caller():
            payment = charging.start(
                organization_id=invoice.organization_id, purpose=invoice.public_id, amount=amount, actor=SYSTEM, at=at
            )
            reference = stripe.number("pi")
            stripe.intents[reference] = {"amount": amount.minor, "currency": "eur"}
            charging.succeed(payment_id=payment.pk, gateway_reference=reference, at=at)
            if rest := invoice.total - amount:
                prepaid.spend(
                    organization_id=invoice.organization_id,
                    purpose=invoice.public_id,
                    amount=rest,
                    actor=SYSTEM,
                    at=at,
                )
            delivery.tell_untold(at=at)

    return pay


def test_what_was_paid_by_card_goes_back_to_the_card_and_the_rest_to_where_it_was(
    giulia: Organization, ada: User, hosting: Plan
) -> None:
    world.top_up(giulia, "200.00")
    with stripe_double.running() as stripe:
        card_only = world.buy(giulia, hosting, name="one.it", pay_by=pay_by_card(stripe))
        mixed = world.buy(giulia, hosting, name="two.it", pay_by=pay_by_card(stripe, most=Money(2000, "EUR")))
        whole = Invoice.objects.earliest("issued_at", "pk").total
        for held in (card_only, mixed):
            assert withdraw(held, ada, at=MARCH + days(3)) == whole
        assert refunding.ask_due(at=MARCH + days(3)) == 2
        night(at=MARCH + days(3))

        assert sorted(one["amount"] for one in stripe.refunds.values()) == sorted([whole.minor, 2000])
    assert prepaid.balance(giulia) == Money(20_000, "EUR")
    assert mails("giulia@mail.example") == [f"Recesso da {name} ricevuto" for name in ("one.it", "two.it")]
    assert books.differences() == []


def test_where_the_card_is_no_more_it_is_on_the_prepaid_account(giulia: Organization, ada: User, hosting: Plan) -> None:
    with stripe_double.running() as stripe:
        held = world.buy(giulia, hosting, pay_by=pay_by_card(stripe))
        paid = withdraw(held, ada, at=MARCH)
        assert prepaid.balance(giulia) == Money.zero("EUR")
        stripe.intents.clear()
        refunding.ask_due(at=MARCH)

    assert prepaid.balance(giulia) == paid
    assert books.differences() == []


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
