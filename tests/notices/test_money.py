"""Mails about money that moved without the customer: once to each who minds billing, in her language."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from plancia.bank import payouts
from plancia.kernel import ids
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.money import Money
from plancia.notices.models import Message
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.outbox.models import Fact
from plancia.payments import transfers
from plancia.payments.events import ProfileExpiring
from plancia.wallet import prepaid, withdrawing
from plancia.wallet.events import AutomaticTopUpStopped
from tests.people import aurora, person

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NORA = Actor(ActorKind.STAFF, "Nora", user_id=ids.new())

pytestmark = pytest.mark.usefixtures("staff")


@pytest.fixture
def organization(staff: None) -> Organization:
    return aurora(person("ada@aurora.example", language="it"))


def mails() -> list[Message]:
    delivery.tell_untold(at=AT)
    return list(Message.objects.filter(reference__startswith="money_news").order_by("pk"))


def withdraw(organization: Organization) -> object:
    transfers.record(
        organization_id=organization.pk,
        purpose=prepaid.top_up_purpose(organization.pk),
        amount=Money(9000, "EUR"),
        bank_reference="b",
        actor=SYSTEM,
        at=AT,
    )
    delivery.tell_untold(at=AT)
    return withdrawing.ask(
        organization_id=organization.pk,
        amount=Money(5000, "EUR"),
        destination=payouts.bank_account(iban="IT60X0542811101000000123456", holder="Aurora Srl"),
        key=ids.new(),
        actor=SYSTEM,
        at=AT,
    ).pk


def test_a_withdrawal_that_was_refused_is_told_with_the_reason(organization):
    payouts.refuse(payout_id=withdraw(organization), reason="Un altro titolare", actor=NORA, at=AT)

    (mail,) = mails()

    assert mail.recipients == ["ada@aurora.example"]
    assert "EUR" in mail.subject and "50,00" in mail.subject
    assert "Un altro titolare" in mail.text
    assert "IT60 X054" in mail.text


def test_a_withdrawal_that_was_paid_is_told_once(organization):
    key = withdraw(organization)
    payouts.release(payout_id=key, actor=NORA, at=AT)
    payouts.send_by_hand(payout_id=key, actor=NORA, at=AT)
    first = mails()
    Fact.objects.filter(name="payout.paid").update(told_at=None)

    assert len(first) == len(mails()) == 1


def test_a_card_that_expires_and_a_top_up_that_stopped_are_told(organization):
    facts.publish_all(
        [
            ProfileExpiring(
                organization_id=organization.pk,
                happened_at=AT,
                profile="ppf_1",
                name_shown="Visa •••• 0001",
                expires_on=date(2026, 3, 31),
            ),
            AutomaticTopUpStopped(organization_id=organization.pk, happened_at=AT, code="declined"),
        ]
    )

    expiring, stopped = mails()

    assert "Visa •••• 0001" in expiring.subject
    assert "31 marzo 2026" in expiring.text
    assert "/accounting/payment-methods/" in expiring.text
    assert "/accounting/prepaid/automatic/" in stopped.text
