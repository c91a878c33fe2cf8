"""Paying a selection: what is paid is what was shown, once, whatever comes in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.billing.models import Invoice, Line
from plancia.catalog.models import Plan
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.payments import charging, transfers
from plancia.subscriptions import cancellation, discounts, remittance, selection
from plancia.subscriptions.discounts import Promise, Reduction
from plancia.subscriptions.models import Selection
from plancia.subscriptions.selection import FrequencyNotPayable, NotToPay, Pick, SelectionChanged
from plancia.wallet import prepaid
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def choose(organization: Organization, *picks: Pick, at: datetime) -> Selection:
    with transaction.as_staff():
        return selection.place(organization=organization, picks=picks, idempotency_key=uuid4(), language="en", at=at)


def pay(chosen: Selection, *, at: datetime) -> None:
    with transaction.as_staff(), facts.told_by_caller():
        remittance.pay_with_prepaid(selection_id=chosen.pk, actor=SYSTEM, at=at)
        delivery.tell_untold(at=at)


def transfer(chosen: Selection, amount: Money, *, at: datetime) -> None:
    with transaction.as_staff(), facts.told_by_caller():
        transfers.record(
            organization_id=chosen.organization_id,
            purpose=chosen.public_id,
            amount=amount,
            bank_reference=f"bank-{uuid4()}",
            actor=world.CLERK,
            at=at,
        )
        delivery.tell_untold(at=at)


def live_lines(organization: Organization) -> list[tuple[str, str]]:
    """Return what invoices that are not credited bill."""
    found = Line.objects.filter(invoice__organization=organization, invoice__kind="invoice")
    return list(found.exclude(invoice__state="credited").values_list("subject", "starts_at"))


def test_a_coming_renewal_is_paid_for_three_terms_at_another_frequency(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, months=12)
    world.top_up(aurora, "500")
    soon = held.paid_until - days(50)

    chosen = choose(aurora, Pick(held.public_id, 1, 3), at=soon)
    pay(chosen, at=soon)

    after = world.fresh(held)
    assert (after.months, after.paid_until) == (1, months_after(MARCH, 15))
    assert [term.net_minor for term in world.terms(held)] == [9900, 990, 990, 990]
    assert prepaid.balance(aurora).minor == 50_000 - chosen.total_minor == 50_000 - 3623
    assert books.differences() == []


def test_an_offer_that_stays_as_it_is_is_paid_by_its_own_invoice(aurora: Organization, hosting: Plan) -> None:
    held = [world.buy(aurora, hosting, name=name) for name in ("a.it", "b.it")]
    world.top_up(aurora, "500")
    soon = held[0].paid_until - days(20)
    world.offer(at=soon)
    (invoice,) = world.open_invoices(aurora)

    chosen = choose(aurora, *(Pick(one.public_id) for one in held), at=soon)
    pay(chosen, at=soon)

    assert chosen.total == invoice.total
    assert Selection.objects.get().invoices == [invoice.public_id]
    assert Invoice.objects.filter(kind="credit_note").count() == 0


def test_a_part_of_an_invoice_is_billed_anew_and_so_is_the_rest(aurora: Organization, hosting: Plan) -> None:
    one, other = (world.buy(aurora, hosting, name=name) for name in ("a.it", "b.it"))
    world.top_up(aurora, "500")
    soon = one.paid_until - days(20)
    world.offer(at=soon)

    pay(choose(aurora, Pick(one.public_id, 24), at=soon), at=soon)

    assert world.fresh(one).paid_until == months_after(MARCH, 36)
    (rest,) = world.open_invoices(aurora)
    assert [line.subject for line in rest.lines.all()] == [other.public_id]
    assert world.fresh(other).paid_until == months_after(MARCH, 12)
    assert len(live_lines(aurora)) == len(set(live_lines(aurora)))
    assert books.differences() == []


def test_an_invoice_by_itself_is_paid(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.top_up(aurora, "500")
    world.offer(at=held.paid_until - days(5))
    (invoice,) = world.open_invoices(aurora)

    pay(choose(aurora, Pick(invoice.public_id), at=held.paid_until), at=held.paid_until)

    assert world.open_invoices(aurora) == []
    assert world.fresh(held).paid_until == months_after(MARCH, 24)


def test_what_was_offered_between_is_what_was_shown(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.top_up(aurora, "500")
    chosen = choose(aurora, Pick(held.public_id), at=held.paid_until - days(40))

    world.offer(at=held.paid_until - days(29))
    pay(chosen, at=held.paid_until - days(28))

    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert world.open_invoices(aurora) == []
    assert books.differences() == []


def test_what_is_given_up_meanwhile_is_not_paid_and_the_money_is_kept(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    soon = held.paid_until - days(20)
    chosen = choose(aurora, Pick(held.public_id), at=soon)
    with transaction.as_staff():
        cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=soon)

    transfer(chosen, chosen.total, at=soon + days(2))

    assert prepaid.balance(aurora) == chosen.total
    assert world.fresh(held).paid_until == months_after(MARCH, 12)
    with pytest.raises(SelectionChanged):
        remittance.pay_with_prepaid(selection_id=chosen.pk, actor=SYSTEM, at=soon + days(2))
    assert books.differences() == []


def test_a_transfer_in_two_parts_pays(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    soon = held.paid_until - days(20)
    chosen = choose(aurora, Pick(held.public_id), at=soon)
    first = Money(4_000, "EUR")

    transfer(chosen, first, at=soon + days(1))
    between = Selection.objects.get().state
    transfer(chosen, chosen.total - first + Money(5, "EUR"), at=soon + days(2))

    assert (between, Selection.objects.get().state) == ("open", "paid")
    assert prepaid.balance(aurora).minor == 5
    assert books.differences() == []


def test_a_card_pays_what_the_prepaid_account_leaves(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.top_up(aurora, "20")
    soon = held.paid_until - days(20)
    chosen = choose(aurora, Pick(held.public_id), at=soon)
    payment = remittance.start_card(selection_id=chosen.pk, from_prepaid=Money(2_000, "EUR"), actor=SYSTEM, at=soon)
    again = remittance.start_card(selection_id=chosen.pk, from_prepaid=Money(2_000, "EUR"), actor=SYSTEM, at=soon)

    for _ in range(2):
        with facts.told_by_caller():
            charging.succeed(payment_id=payment.pk, gateway_reference="ch_1", at=soon)
            delivery.tell_untold(at=soon)

    assert again.pk == payment.pk
    assert payment.amount == chosen.total - Money(2_000, "EUR")
    assert prepaid.balance(aurora).minor == 0
    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert books.differences() == []


def test_a_prepaid_account_that_was_emptied_meanwhile_keeps_the_cards_part(aurora: Organization, hosting: Plan) -> None:
    held, other = world.buy(aurora, hosting, name="a.it"), world.buy(aurora, hosting, name="b.it")
    world.top_up(aurora, "120.78")
    soon = held.paid_until - days(20)
    chosen = choose(aurora, Pick(held.public_id, 24), at=soon)
    payment = remittance.start_card(selection_id=chosen.pk, from_prepaid=Money(12_078, "EUR"), actor=SYSTEM, at=soon)
    pay(choose(aurora, Pick(other.public_id), at=soon), at=soon)

    with facts.told_by_caller():
        charging.succeed(payment_id=payment.pk, gateway_reference="ch_1", at=soon)
        delivery.tell_untold(at=soon)

    assert Selection.objects.get(pk=chosen.pk).state == "open"
    assert prepaid.balance(aurora) == payment.amount
    assert books.differences() == []


def test_a_short_balance_pays_nothing(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.top_up(aurora, "1")
    chosen = choose(aurora, Pick(held.public_id), at=held.paid_until)

    with pytest.raises(InsufficientFunds):
        remittance.pay_with_prepaid(selection_id=chosen.pk, actor=SYSTEM, at=held.paid_until)

    assert Selection.objects.get().state == "open"


def test_the_same_form_sent_twice_is_one_selection(aurora: Organization, hosting: Plan) -> None:
    held, key = world.buy(aurora, hosting), uuid4()

    def place() -> Selection:
        return selection.place(
            organization=aurora, picks=[Pick(held.public_id)], idempotency_key=key, language="en", at=held.paid_until
        )

    assert place().pk == place().pk


def test_two_who_pay_at_once_pay_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.top_up(aurora, "500")
    soon = held.paid_until - days(5)
    chosen = [choose(aurora, Pick(held.public_id, months), at=soon) for months in (12, 12, 24, 1)]

    def attempt(one: Selection) -> bool:
        try:
            with transaction.as_staff(), facts.told_by_caller():
                remittance.pay_with_prepaid(selection_id=one.pk, actor=SYSTEM, at=soon)
            return True
        except SelectionChanged:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        won = list(threads.map(attempt, chosen))
    world.set_up(at=soon)

    assert sum(won) == 1
    assert prepaid.balance(aurora).minor == 50_000 - chosen[won.index(True)].total_minor
    assert len(world.terms(held)) == 2
    assert books.differences() == []


def test_selections_that_nobody_pays_end(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    chosen = choose(aurora, Pick(held.public_id), at=MARCH)

    ended = [remittance.end_expired(at=MARCH + days(number)) for number in (29, 30, 31)]
    transfer(chosen, chosen.total, at=MARCH + days(32))

    assert ended == [0, 1, 0]
    assert prepaid.balance(aurora) == chosen.total


@pytest.mark.parametrize("pick", [Pick("", 6), Pick("", 12, 4), Pick("", 1, 0)])
def test_what_is_not_sold_for_that_long_is_refused(aurora: Organization, hosting: Plan, pick: Pick) -> None:
    held = world.buy(aurora, hosting)

    with pytest.raises(FrequencyNotPayable):
        choose(aurora, Pick(held.public_id, pick.months, pick.terms), at=MARCH)


def test_what_belongs_to_another_organization_is_not_to_pay(
    aurora: Organization, borea: Organization, hosting: Plan
) -> None:
    held = world.buy(borea, hosting)

    with pytest.raises(NotToPay):
        choose(aurora, Pick(held.public_id), at=MARCH)


ticks = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([None, 1, 3, 12, 24]), st.integers(1, 3)),
    max_size=3,
    unique_by=lambda tick: tick[0],
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.tuples(ticks, st.booleans(), st.integers(1, 25)), min_size=1, max_size=4))
def test_whatever_is_chosen_no_day_is_billed_twice_and_no_cent_is_lost(
    aurora: Organization, hosting: Plan, rounds: list[tuple[list[tuple[int, int | None, int]], bool, int]]
) -> None:
    held = [world.buy(aurora, hosting, months=months, name=f"{months}.it", at=MARCH) for months in (1, 3, 12)]
    world.top_up(aurora, "3000")
    now, before, paid = MARCH, prepaid.balance(aurora), 0
    for chosen, is_offered, later in rounds:
        now += days(later)
        if is_offered:
            world.offer(at=now)
        picks = [Pick(held[place].public_id, months, terms) for place, months, terms in chosen]
        try:
            placed = choose(aurora, *picks, at=now)
            pay(placed, at=now)
            paid += placed.total_minor
        except (FrequencyNotPayable, selection.NothingSelected):
            continue

    assert prepaid.balance(aurora).minor == before.minor - paid
    assert len(live_lines(aurora)) == len(set(live_lines(aurora)))
    assert books.differences() == []


def test_what_is_promised_is_taken_off_the_first_terms_that_are_paid_ahead(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, months=1)
    discounts.give(Promise(Reduction(Decimal(50), code="HALF"), 2, "prm_1"), held, at=MARCH)
    world.top_up(aurora, "100")
    world.offer(at=held.paid_until - days(5))

    pay(choose(aurora, Pick(held.public_id, 1, 3), at=held.paid_until), at=held.paid_until)

    assert [term.net_minor for term in world.terms(held)] == [990, 495, 495, 990]
    assert books.differences() == []
