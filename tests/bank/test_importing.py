from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.bank import chart, importing, matching
from plancia.bank.iso20022 import BankFileRefused
from plancia.bank.matching import NothingFound, NotMatchable
from plancia.bank.models import BankEntry, BankFile
from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money as Amount
from plancia.ledger import books, queries
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import customer_references
from plancia.payments.models import Payment
from plancia.wallet import prepaid
from tests.bank.files import Money, statement
from tests.people import borea, person
from tests.racing import at_once

AT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("staff")


def take(*ones: Money, name: str = "S", **more: str) -> importing.Taken:
    with transaction.as_staff():
        taken = importing.take(content=statement(*ones, name=name, **more), name="bank.xml", actor=SYSTEM, at=AT)
        delivery.tell_untold(at=AT)
    return taken


def bill(organization: Organization, net: int = 10_000) -> Invoice:
    return issuing.issue(
        organization_id=organization.pk,
        lines=[LineDraft(description="Hosting", quantity=1, unit_price=Amount(net, "EUR"), net=Amount(net, "EUR"))],
        purpose="",
        buyer=parties.buyer(organization),
        currency="EUR",
        language="en",
        due_on=AT.date(),
        at=AT,
        actor=SYSTEM,
    )


def unmatched(currency: str = "EUR") -> Amount:
    return -queries.balance(chart.unmatched(currency))


def major(amount: Amount) -> str:
    return str(amount.decimal)


def test_an_invoices_reference_pays_it(organization):
    invoice = bill(organization)

    taken = take(Money(amount=major(invoice.total), reference=invoice.payment_reference))

    invoice.refresh_from_db()
    assert (taken.new, taken.matched, invoice.state) == (1, 1, "paid")
    assert unmatched() == Amount.zero("EUR")
    assert books.differences() == []


def test_a_reference_in_groups_within_a_sentence_is_found(organization):
    invoice = bill(organization)
    reference = invoice.payment_reference
    grouped = " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))

    assert take(Money(amount=major(invoice.total), message=f"Fattura, rif. {grouped} grazie")).matched == 1


@pytest.mark.parametrize(("difference", "state", "kept"), [(-100, "open", 0), (250, "paid", 250)])
def test_less_leaves_it_open_and_more_is_kept(organization, difference, state, kept):
    invoice = bill(organization)

    take(Money(amount=major(invoice.total + Amount(difference, "EUR")), reference=invoice.payment_reference))

    invoice.refresh_from_db()
    assert invoice.state == state
    assert prepaid.balance(organization) == Amount(kept, "EUR")
    assert books.differences() == []


def test_money_for_what_is_paid_is_kept(organization):
    invoice = bill(organization)
    paying = Money(amount=major(invoice.total), reference=invoice.payment_reference)
    take(paying, name="one")

    take(Money(amount=paying.amount, reference=paying.reference, bank_reference="second"), name="two")

    assert prepaid.balance(organization) == invoice.total


def test_the_customers_own_reference_tops_up(organization):
    reference = customer_references.of(organization.pk, at=AT)

    assert take(Money(amount="250.00", reference=reference)).matched == 1
    assert prepaid.balance(organization) == Amount(25_000, "EUR")


def test_the_same_file_twice_and_the_same_money_in_another_file_change_nothing(organization):
    reference = customer_references.of(organization.pk, at=AT)
    one = Money(amount="250.00", reference=reference, bank_reference="B1")
    take(one)

    again, notification = take(one), take(one, kind="camt.054", name="N")

    assert (again.is_repeated, again.new) == (True, 0)
    assert (notification.is_repeated, notification.entries, notification.new) == (False, 1, 0)
    assert prepaid.balance(organization) == Amount(25_000, "EUR")
    assert Payment.objects.count() == 1


def test_eight_who_take_the_same_money_at_once_book_it_once(organization):
    reference = customer_references.of(organization.pk, at=AT)
    one = Money(amount="250.00", reference=reference, bank_reference="B1")

    def act(place: int) -> str:
        with transaction.as_staff():
            # Half of them the same file, half of them others with the same money.
            content = statement(
                one, name="S" if place % 2 else f"N{place}", kind="camt.053" if place % 2 else "camt.054"
            )
            return str(importing.take(content=content, actor=SYSTEM, at=AT).new)

    assert sorted(at_once(8, act)) == ["0"] * 7 + ["1"]
    delivery.tell_untold(at=AT)
    assert prepaid.balance(organization) == Amount(25_000, "EUR")
    assert books.differences() == []


def test_without_a_reference_it_waits_with_suggestions_and_reminders_pause(organization):
    invoice = bill(organization)
    other = bill(borea(person("ben@borea.example")))
    assert not matching.reminders_paused(organization.pk)

    taken = take(Money(amount=major(invoice.total), name="AURORA S.R.L. Milano", message="grazie"))

    (entry,) = BankEntry.objects.filter(state="unmatched")
    first = entry.suggestions.order_by("rank").first()
    assert (taken.matched, first.purpose, first.why) == (0, invoice.public_id, "amount_and_name")
    assert unmatched() == invoice.total
    assert matching.reminders_paused(organization.pk)
    assert organization.pk in matching.paused_organizations()
    assert books.differences() == []

    matching.confirm(entry_id=entry.pk, text=first.purpose, actor=SYSTEM, at=AT)
    delivery.tell_untold(at=AT)

    invoice.refresh_from_db()
    other.refresh_from_db()
    assert (invoice.state, other.state) == ("paid", "open")
    assert not matching.reminders_paused(organization.pk)
    assert unmatched() == Amount.zero("EUR")
    with pytest.raises(NotMatchable):
        matching.confirm(entry_id=entry.pk, text=first.purpose, actor=SYSTEM, at=AT)


def test_another_currency_is_left_to_staff(organization):
    invoice = bill(organization)

    taken = take(Money(amount=major(invoice.total), currency="CHF", reference=invoice.payment_reference))

    (entry,) = BankEntry.objects.all()
    assert (taken.matched, entry.suggestions.get().why) == (0, "currency")
    assert unmatched("CHF") == Amount(invoice.total.minor, "CHF")
    assert matching.reminders_paused(organization.pk)


def test_what_staff_type_must_name_something(organization):
    take(Money(amount="12.00"))
    entry = BankEntry.objects.get()

    with pytest.raises(NothingFound):
        matching.confirm(entry_id=entry.pk, text="nothing of the kind", actor=SYSTEM, at=AT)
    matching.confirm(entry_id=entry.pk, text=organization.public_id, actor=SYSTEM, at=AT)
    delivery.tell_untold(at=AT)

    assert prepaid.balance(organization) == Amount(1200, "EUR")


def test_money_of_the_provider_is_set_aside_with_a_reason_and_taken_up_again(organization):
    take(Money(amount="12.00", name="Tax office"))
    entry = BankEntry.objects.get()

    with pytest.raises(matching.NoteMissing):
        matching.set_aside(entry_id=entry.pk, note=" ", actor=SYSTEM, at=AT)
    matching.set_aside(entry_id=entry.pk, note="Refund of tax", actor=SYSTEM, at=AT)
    assert books.differences() == []
    assert matching.take_up(entry_id=entry.pk, actor=SYSTEM, at=AT).state == "unmatched"


def test_a_broken_file_takes_nothing(organization):
    with pytest.raises(BankFileRefused):
        importing.take(content=statement(Money(amount="1.00"), Money(amount="x")), actor=SYSTEM, at=AT)

    assert not BankFile.objects.exists()
    assert not BankEntry.objects.exists()


def test_two_who_confirm_at_once_match_once(organization):
    take(Money(amount="12.00"))
    entry = BankEntry.objects.get()

    def act(place: int) -> str:
        with transaction.as_staff():
            matching.confirm(entry_id=entry.pk, text=organization.public_id, actor=SYSTEM, at=AT)
        return "matched"

    assert at_once(6, act) == ["entry_not_matchable"] * 5 + ["matched"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["reference", "none", "wrong"]), st.integers(1, 50_000), st.sampled_from(["EUR", "CHF"])
        ),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)
def test_whatever_comes_is_somebodys_or_unmatched_and_nothing_is_lost(organization, ones, is_repeated):
    reference, run = customer_references.of(organization.pk, at=AT), str(ids.new())
    before = {currency: unmatched(currency) for currency in ("EUR", "CHF")}
    balance = prepaid.balance(organization)
    moneys = [
        Money(
            amount=major(Amount(minor, currency)),
            currency=currency,
            reference={"reference": reference, "none": "", "wrong": "RF00NOBODY"}[kind],
            bank_reference=f"{run}/{place}",
        )
        for place, (kind, minor, currency) in enumerate(ones)
    ]

    take(*moneys, name=run)
    if is_repeated:
        take(*moneys, name=run)
        take(*moneys, name=f"{run}-n", kind="camt.054")

    came = {c: sum(minor for _, minor, currency in ones if currency == c) for c in ("EUR", "CHF")}
    kept = (prepaid.balance(organization) - balance).minor
    assert kept == sum(minor for kind, minor, currency in ones if kind == "reference" and currency == "EUR")
    assert (unmatched("EUR") - before["EUR"]).minor + kept == came["EUR"]
    assert (unmatched("CHF") - before["CHF"]).minor == came["CHF"]
    assert books.differences() == []
