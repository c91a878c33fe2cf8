"""
Payouts: money that leaves. It is set apart when asked for, released by staff, and posted when the bank has sent it.

Above a setting, two people of the staff release it. Source: SPEC 6.3, docs/decisions/0027-the-bank-loop.md
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from plancia.audit import trail
from plancia.bank import chart
from plancia.bank.events import PayoutAsked, PayoutFailed, PayoutPaid
from plancia.bank.models import BankEntry, Payout, Release
from plancia.bank.states import PayoutState
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import chart as payments_chart
from plancia.payments.methods import Method

# Of an end-to-end id banks take 35 characters; letters and digits pass through all of them unchanged.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class IbanRefused(Refusal):
    """What was typed is no bank account."""

    code = "iban_refused"
    sentence = _("This is not a valid IBAN: please compare it with your bank documents.")
    field = "iban"


class HolderMissing(Refusal):
    """A bank wants to know whose account it is."""

    code = "holder_missing"
    sentence = _("Enter the name of the account’s holder.")
    field = "holder"


class ReleasedBefore(Refusal):
    """The same person released it before: the second pair of eyes is somebody else's."""

    code = "released_before"
    sentence = _("You have released this already. Above %(limit)s, somebody else must release it too.")


class ReasonMissing(Refusal):
    """Whose money stays where it is wants to know why."""

    code = "reason_missing"
    sentence = _("Enter the reason.")
    field = "reason"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where money goes: a bank account with its holder, or a PayPal account."""

    method: Method
    holder: str
    iban: str = ""
    paypal_email: str = ""


def bank_account(*, iban: str, holder: str) -> Destination:
    """Return a bank account to pay to. Raises: IbanRefused; HolderMissing."""
    try:
        number = IBAN(iban)
    except (SchwiftyException, ValueError):
        raise IbanRefused from None
    name = " ".join(holder.split())[:70]
    if not name:
        raise HolderMissing
    return Destination(Method.TRANSFER, name, iban=str(number.compact))


def paypal_account(*, email: str, holder: str) -> Destination:
    """Return a PayPal account to pay to; that the address is one, the form has seen. Raises: HolderMissing."""
    name = " ".join(holder.split())[:70]
    if not name:
        raise HolderMissing
    return Destination(Method.PAYPAL, name, paypal_email=email)


@transaction.atomic
def ask(
    *,
    organization_id: UUID | None,
    purpose: str,
    amount: Money,
    source: str,
    destination: Destination,
    key: UUID,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> Payout:
    """
    Set money of an organization apart, to leave once staff have released it. The same key again is the same payout.

    Without an organization, it is money of nobody, and `purpose` the entry of the bank that brought it.
    `source` is the account that it comes from, and goes back to where it does not leave.

    Raises: InsufficientFunds.
    """
    _lock_owner(organization_id)
    known: Payout | None = Payout.objects.filter(organization=organization_id, key=key).first()
    if known is not None:
        return known
    payout: Payout = Payout.objects.create(
        organization_id=organization_id,
        purpose=purpose,
        source=source,
        method=destination.method,
        amount_minor=amount.minor,
        currency=amount.currency,
        holder=destination.holder,
        iban=destination.iban,
        paypal_email=destination.paypal_email,
        note=note[:140],
        end_to_end="E" + "".join(secrets.choice(_ALPHABET) for _ in range(18)),
        key=key,
        asked_at=at,
    )
    _post(payout, "reserved", [Leg(source, amount), Leg(_outgoing(payout), -amount)], at=at)
    _record(payout, "payout.asked", actor, at=at, amount=amount, to=payout.destination)
    facts.publish(
        PayoutAsked(
            organization_id=organization_id,
            happened_at=at,
            payout=payout.public_id,
            purpose=purpose,
            amount_minor=amount.minor,
            currency=amount.currency,
        )
    )
    return payout


def four_eyes(currency: str) -> Money:
    """Return the amount above which two people release a payout. Source: settings.FOUR_EYES."""
    return Money.of(settings.FOUR_EYES, currency)


@transaction.atomic
def release(*, payout_id: UUID, actor: Actor, at: datetime) -> Payout:
    """
    Let a payout leave: with the next payment file, if these are eyes enough.

    Raises: ReleasedBefore; MoveRefused, when it waits for nobody.
    """
    payout = _locked(payout_id)
    if actor.user_id is None:
        raise ValueError("a payout is released by somebody")
    limit = four_eyes(payout.currency)
    if payout.releases.filter(user_id=actor.user_id).exists():
        raise ReleasedBefore(limit=limit)
    is_enough = payout.amount <= limit or payout.releases.exists()
    if payout.state != PayoutState.WAITING or is_enough:
        payout.release()
    Release.objects.create(
        organization_id=payout.organization_id,
        payout=payout,
        user_id=actor.user_id,
        user_name=actor.label,
        released_at=at,
    )
    _record(payout, "payout.released", actor, at=at, is_enough=is_enough)
    return payout


@transaction.atomic
def refuse(*, payout_id: UUID, reason: str, actor: Actor, at: datetime) -> Payout:
    """
    Let a payout not leave: the money goes back to where it came from.

    Raises: ReasonMissing; MoveRefused, when it was sent, or has ended.
    """
    if not reason.strip():
        raise ReasonMissing
    payout = _locked(payout_id)
    payout.end(PayoutState.REFUSED, at=at, reason=reason.strip())
    _give_back(payout, actor, at=at)
    return payout


@transaction.atomic
def send_by_hand(*, payout_id: UUID, actor: Actor, at: datetime) -> Payout:
    """Record that staff sent a released payout themselves, as they do to PayPal. Raises: MoveRefused."""
    payout = _locked(payout_id)
    payout.send(None)
    return settle(payout_id=payout_id, actor=actor, at=at)


@transaction.atomic
def settle(*, payout_id: UUID, actor: Actor, at: datetime) -> Payout:
    """Record that the bank has sent a payout. Told again, it changes nothing. Raises: MoveRefused."""
    payout = _locked(payout_id)
    if payout.state in (PayoutState.PAID, PayoutState.RETURNED):
        return payout
    payout.end(PayoutState.PAID, at=at)
    _post(payout, "paid", [Leg(_outgoing(payout), payout.amount), Leg(_left_from(payout), -payout.amount)], at=at)
    _record(payout, "payout.paid", actor, at=at)
    facts.publish(
        PayoutPaid(
            organization_id=payout.organization_id, happened_at=at, payout=payout.public_id, purpose=payout.purpose
        )
    )
    return payout


@transaction.atomic
def fail(*, payout_id: UUID, reason: str, actor: Actor, at: datetime) -> Payout:
    """
    Record that the bank rejected a payout, or that it came back after it had left. Told again, it changes nothing.

    Raises: MoveRefused, when it was not sent.
    """
    payout = _locked(payout_id)
    if payout.state in (PayoutState.REJECTED, PayoutState.RETURNED):
        return payout
    came_back = payout.state == PayoutState.PAID
    payout.end(PayoutState.RETURNED if came_back else PayoutState.REJECTED, at=at, reason=reason)
    _give_back(payout, actor, at=at, came_back=came_back)
    return payout


def _give_back(payout: Payout, actor: Actor, *, at: datetime, came_back: bool = False) -> None:
    held = _left_from(payout) if came_back else _outgoing(payout)
    _post(payout, "given-back", [Leg(held, payout.amount), Leg(payout.source, -payout.amount)], at=at)
    if payout.organization_id is None:
        # What did not reach its payer is nobody's again.
        BankEntry.objects.by_public_id(payout.purpose).locked().get().take_up()
    _record(payout, f"payout.{payout.state}", actor, at=at, reason=payout.reason)
    facts.publish(
        PayoutFailed(
            organization_id=payout.organization_id,
            happened_at=at,
            payout=payout.public_id,
            purpose=payout.purpose,
            state=payout.state,
            reason=payout.reason,
        )
    )


def _locked(payout_id: UUID) -> Payout:
    _lock_owner(Payout.objects.values_list("organization_id", flat=True).get(pk=payout_id))
    payout: Payout = Payout.objects.locked().get(pk=payout_id)
    return payout


def _lock_owner(organization_id: UUID | None) -> None:
    if organization_id is not None:
        Organization.objects.locked().get(pk=organization_id)


def _outgoing(payout: Payout) -> str:
    if payout.organization_id is None:
        return chart.returning(payout.currency)
    return chart.outgoing(ids.public(Organization.prefix, payout.organization_id), payout.currency)


def _left_from(payout: Payout) -> str:
    if payout.method == Method.PAYPAL:
        return payments_chart.clearing(Method.PAYPAL, payout.currency)
    return payments_chart.bank(payout.currency)


def _post(payout: Payout, what: str, legs: list[Leg], *, at: datetime) -> None:
    posting.post(
        reference=f"{payout.public_id}:{what}",
        legs=legs,
        organization_id=payout.organization_id,
        at=at,
        description=payout.purpose,
    )


def _record(payout: Payout, action: str, actor: Actor, *, at: datetime, **details: object) -> None:
    if payout.organization_id is None:  # no trail is nobody's; its entry and releases say who did what
        return
    trail.record(
        actor,
        action,
        payout.public_id,
        organization_id=payout.organization_id,
        at=at,
        purpose=payout.purpose,
        **details,
    )
