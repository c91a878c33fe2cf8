"""The prepaid account: money that an organization keeps with the provider. It is never below zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.audit import trail
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.money import Money
from plancia.ledger import posting
from plancia.ledger import queries as ledger
from plancia.ledger.posting import InsufficientFunds, Leg
from plancia.organizations.models import Organization
from plancia.payments import chart as payments
from plancia.payments import receiving
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.receiving import Receipt
from plancia.wallet import chart


def balance(organization: Organization) -> Money:
    """Return what is on the prepaid account, in the organization's currency."""
    return -ledger.balance(chart.prepaid(organization.public_id, organization.currency))


def spend(
    *,
    organization_id: UUID,
    purpose: str,
    amount: Money,
    actor: Actor,
    at: datetime,
    profile_id: UUID | None = None,
) -> Payment:
    """
    Pay with prepaid money: a payment that succeeds at once, or not at all.

    Raises: InsufficientFunds.
    """
    return receiving.receive(_receipt(Spending(organization_id, purpose, amount, profile_id)), actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class Spending:
    """What prepaid money is to pay, and the profile that stands for it where a profile is charged."""

    organization_id: UUID
    purpose: str
    amount: Money
    profile_id: UUID | None = None


@transaction.atomic
def spend_all(wanted: Sequence[Spending], *, actor: Actor, at: datetime) -> list[Payment | InsufficientFunds]:
    """
    Pay a batch, one after the other as far as the accounts reach: each is paid as a whole, or refused.

    The balances are judged while the accounts are locked: they cannot move before the money has.
    """
    receipts = [_receipt(one) for one in wanted]
    left = posting.hold([(receipt.from_account, receipt.organization_id) for receipt in receipts])
    paid: list[Receipt] = []
    answers: list[InsufficientFunds | None] = []
    for receipt in receipts:
        available = -left[receipt.from_account]
        if available < receipt.amount:
            answers.append(InsufficientFunds(available=available, wanted=receipt.amount))
            continue
        left[receipt.from_account] += receipt.amount
        paid.append(receipt)
        answers.append(None)
    payments = iter(receiving.receive_all(paid, actor=actor, at=at) if paid else [])
    return [answer or next(payments) for answer in answers]


def _receipt(one: Spending) -> Receipt:
    return Receipt(
        organization_id=one.organization_id,
        purpose=one.purpose,
        amount=one.amount,
        method=Method.PREPAID,
        from_account=chart.prepaid(_public_id(one.organization_id), one.amount.currency),
        profile_id=one.profile_id,
    )


@transaction.atomic
def keep(*, organization_id: UUID, amount: Money, reference: str, at: datetime) -> None:
    """
    Put money that came, and that nothing else takes, on the prepaid account.

    `reference` begins with the public id of what it comes from: "pay_…:kept".

    Raises: AlreadyPosted, when the reference was used before; InsufficientFunds, when less came in.
    """
    organization = _public_id(organization_id)
    source = reference.partition(":")[0]
    posting.post(
        reference=reference,
        legs=[
            Leg(payments.incoming(organization, amount.currency), amount),
            Leg(chart.prepaid(organization, amount.currency), -amount),
        ],
        organization_id=organization_id,
        at=at,
        description=source,
    )
    trail.record(
        SYSTEM, "prepaid.kept", organization, organization_id=organization_id, at=at, amount=amount, source=source
    )


def is_kept(reference: str) -> bool:
    """Say whether the money that a reference names has been put on the prepaid account."""
    return ledger.is_posted(reference)


def top_up_purpose(organization_id: UUID) -> str:
    """Return the purpose of a payment that is to go to the prepaid account."""
    return f"{_public_id(organization_id)}:prepaid"


def _public_id(organization_id: UUID) -> str:
    return ids.public(Organization.prefix, organization_id)
