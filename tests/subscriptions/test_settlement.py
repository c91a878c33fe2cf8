from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from plancia.billing import credit_notes
from plancia.billing.models import Invoice
from plancia.catalog.models import Plan
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import settlement
from plancia.wallet import prepaid
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def credit(invoice: Invoice, *, at) -> None:
    credit_notes.credit(invoice_id=invoice.pk, reason="by mistake", actor=SYSTEM, at=at)
    world.set_up(at=at)


def test_a_paid_invoice_begins_its_terms_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(10))
    (invoice,) = world.open_invoices(aurora)
    world.pay(invoice, at=held.paid_until - days(9))

    again = settlement.record_paid(invoice=invoice.public_id, at=held.paid_until)

    assert again == 0
    assert world.fresh(held).paid_until == months_after(MARCH, 24)


def test_two_who_hear_of_a_payment_at_once_begin_a_term_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(10))
    (invoice,) = world.open_invoices(aurora)

    def hear(_: int) -> int:
        try:
            with transaction.as_staff(), facts.told_by_caller():
                return settlement.record_paid(invoice=invoice.public_id, at=held.paid_until)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        begun = list(threads.map(hear, range(4)))

    assert sum(begun) == 1
    assert world.fresh(held).paid_until == months_after(MARCH, 24)


def test_an_offer_that_is_credited_is_made_anew(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    soon = held.paid_until - days(10)
    world.offer(at=soon)

    credit(world.open_invoices(aurora)[0], at=soon)
    offered = world.offer(at=soon + days(1))

    assert offered == 1
    assert len(world.open_invoices(aurora)) == 1
    assert books.differences() == []


def test_a_product_whose_only_term_is_paid_back_ends(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    invoice = Invoice.objects.get(kind="invoice")

    credit(invoice, at=MARCH + days(3))

    assert world.fresh(held).state == "terminated"
    assert prepaid.balance(aurora) == invoice.total
    assert books.differences() == []


def test_paid_time_ends_where_a_term_that_was_paid_back_began(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(10))
    (renewal,) = world.open_invoices(aurora)
    world.pay(renewal, at=held.paid_until - days(9))

    credit(renewal, at=held.paid_until - days(8))

    shortened = world.fresh(held)
    assert (shortened.state, shortened.paid_until) == ("active", held.paid_until)
    assert books.differences() == []


def test_a_term_that_later_ones_build_on_stays(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    first = Invoice.objects.get(kind="invoice")
    world.offer(at=held.paid_until - days(10))
    world.pay(world.open_invoices(aurora)[0], at=held.paid_until - days(9))

    credit(first, at=held.paid_until - days(8))

    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert books.differences() == []
