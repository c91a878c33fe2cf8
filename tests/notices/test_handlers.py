from __future__ import annotations

import re
from datetime import timedelta

import pypdf
import pytest

from plancia.billing import credit_notes
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.notices import outgoing
from plancia.notices.models import Message
from plancia.organizations.roles import Role
from plancia.outbox.models import Fact, Telling
from plancia.payments import charging
from plancia.payments.methods import Method
from plancia.shop.pricing import Wish
from tests import people
from tests.shop import world
from tests.subscriptions import world as products


def messages(subject: str = "") -> list[Message]:
    """The mails written so far whose subject says `subject`, the oldest first."""
    with transaction.as_staff():
        return [message for message in Message.objects.order_by("written_at", "pk") if subject in message.subject]


@pytest.fixture
def ada(db):
    return people.person("ada@aurora.example")


@pytest.fixture
def aurora(ada):
    organization = people.aurora(ada)
    world.tell()
    return organization


@pytest.fixture
def hosting(db) -> Wish:
    plan = world.catalogue()["hosting"]
    return Wish(plan=plan, months=12, quantity=1, choices={})


def test_who_founds_an_organization_is_greeted_once(aurora):
    (message,) = messages("Welcome")

    assert message.recipients == ["ada@aurora.example"]
    assert "Aurora Srl" in message.text
    assert f"/o/{aurora.public_id}/" in message.text
    assert message.organization_id == aurora.pk


def test_an_order_by_transfer_says_how_to_pay(aurora, hosting):
    order = world.place(aurora, hosting)
    world.tell()

    (message,) = messages("how to pay")

    assert order.number in message.subject
    reference = re.sub(r"(.{4})", r"\1 ", order.payment_reference).strip()
    assert reference in message.text and reference in message.html
    assert "CH93 0076 2011 6238 5295 7" in message.text
    assert f"/o/{aurora.public_id}/orders/{order.public_id}/" in message.text


def test_an_order_by_card_needs_no_such_word(aurora, hosting):
    world.place(aurora, hosting, method=Method.CARD)
    world.tell()

    assert messages("Order") == []


def test_a_paid_order_is_thanked_for_with_its_invoice(aurora, hosting, mailbox):
    order = world.place(aurora, hosting)
    world.transfer(order)

    (message,) = messages("is paid")
    outgoing.send_due(at=world.NOON)

    assert "Invoice" in message.text
    taken = next(mail for mail in mailbox.taken if "is paid" in mail["Subject"])
    (attached,) = taken.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == message.attachments[0]["name"]
    assert attached.get_content().startswith(b"%PDF")


def test_the_attached_invoice_can_be_read(aurora, hosting, mailbox, tmp_path):
    world.transfer(world.place(aurora, hosting))
    outgoing.send_due(at=world.NOON)

    taken = next(mail for mail in mailbox.taken if "is paid" in mail["Subject"])
    file = tmp_path / "invoice.pdf"
    file.write_bytes(next(taken.iter_attachments()).get_content())

    with file.open("rb") as opened:
        assert "Aurora Srl" in pypdf.PdfReader(opened).pages[0].extract_text()


def test_the_invoice_of_an_order_is_sent_once_only(aurora, hosting):
    world.transfer(world.place(aurora, hosting))

    assert len([message for message in messages() if message.attachments]) == 1


def test_money_mails_go_to_those_who_see_billing_each_in_her_language(aurora, hosting):
    people.member(aurora, people.person("ben@aurora.example", "Ben"), Role.COLLABORATOR)
    people.member(
        aurora, people.person("eva@aurora.example", "Eva", language="de"), Role.COLLABORATOR, has_billing=True
    )
    world.place(aurora, hosting)
    world.tell()

    told = [message for message in messages() if message.reference and message.reference.startswith("order_placed:")]

    assert sorted(message.recipients[0] for message in told) == ["ada@aurora.example", "eva@aurora.example"]
    assert {message.recipients[0][:3]: re.findall(r'lang="(..)"', message.html)[0] for message in told} == {
        "ada": "en",
        "eva": "de",
    }


def test_a_decline_is_told_while_the_order_waits(aurora, hosting):
    order = world.place(aurora, hosting, method=Method.CARD)
    declined, given_up = (_fail(order, code) for code in ("insufficient_funds", "given_up"))
    world.tell()

    (message,) = messages("did not go through")

    assert message.reference == f"payment_failed:{declined}:ada@aurora.example"
    assert given_up not in message.reference
    assert order.number in message.subject


def test_a_decline_that_comes_after_the_money_is_not_told(aurora, hosting):
    order = world.place(aurora, hosting, method=Method.CARD)
    world.transfer(order)

    _fail(order, "insufficient_funds")
    world.tell()

    assert messages("did not go through") == []


def _fail(order, code: str) -> str:
    with transaction.as_staff():
        payment = charging.start(
            organization_id=order.organization_id,
            purpose=order.public_id,
            amount=order.total,
            actor=SYSTEM,
            at=world.NOON,
        )
        charging.fail(payment_id=payment.pk, code=code, at=world.NOON)
    return payment.public_id


def test_too_little_money_is_told_with_what_is_missing(aurora, hosting):
    order = world.place(aurora, hosting)
    world.transfer(order, Money(1000, "EUR"))

    (message,) = messages("We received")

    assert "€10.00" in message.subject
    assert "is missing" in message.text


def test_money_that_came_too_late_is_told_with_where_it_is(aurora, hosting):
    order = world.place(aurora, hosting)
    world.transfer(order)
    world.transfer(order, reference="bank-2")

    (message,) = messages("We received")

    assert "prepaid account" in message.text
    assert f"/o/{aurora.public_id}/accounting/prepaid/" in message.text


def test_a_product_that_runs_says_so(aurora):
    held = products.buy(aurora, products.plan())

    (message,) = messages("is ready")

    assert message.subject == "aurora.it is ready"
    assert f"/o/{aurora.public_id}/products/{held.public_id}/" in message.text


def test_a_renewal_is_told_when_it_is_invoiced_and_when_it_is_paid(aurora):
    held = products.buy(aurora, products.plan())
    due = held.paid_until - timedelta(days=10)
    products.offer(at=due)
    world.tell(at=due)

    (invoice,) = products.open_invoices(aurora)
    issued = messages(f"Invoice {invoice.number}")
    products.pay(invoice, at=due)

    assert [message.attachments[0]["invoice"] for message in issued] == [str(invoice.pk)]
    assert len(messages(f"Invoice {invoice.number} is paid")) == 1


def test_a_credit_note_is_sent(aurora, hosting):
    order = world.place(aurora, hosting)
    world.transfer(order)
    with transaction.as_staff():
        from plancia.billing.models import Invoice

        invoice = Invoice.objects.get(purpose=order.public_id)
        credit_notes.credit(invoice_id=invoice.pk, reason="By mistake", actor=world.CLERK, at=world.NOON)
    world.tell()

    (message,) = messages("Credit note")

    assert "prepaid account" in message.text
    assert len(message.attachments) == 1


def test_a_fact_that_is_told_twice_is_written_about_once(aurora, hosting):
    world.transfer(world.place(aurora, hosting))
    before = len(messages())
    with transaction.as_staff():
        # As if what was told had been forgotten.
        Telling.objects.filter(handler__startswith="plancia.notices").delete()
        Fact.objects.filter(tellings=None).update(told_at=None)

    world.tell()

    assert len(messages()) == before


def test_a_name_is_text_in_text_and_escaped_in_html(db, hosting):
    ada = people.person("ada@aurora.example")
    people.company(ada, "O'Neill & <b>Sons</b>", country="IT")
    world.tell()

    (message,) = messages("Welcome")

    assert "O'Neill & <b>Sons</b>" in message.text
    assert "<b>Sons</b>" not in message.html
