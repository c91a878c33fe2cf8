"""
Importing: a file of the bank becomes bookings, once, however often it comes and in whichever file an entry stands.

Credits are booked to nobody and then matched; debits and returns explain our own payouts. All of it is one transaction:
a file is taken whole or not at all. Source: SPEC 5.3, docs/decisions/0027-the-bank-loop.md
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from plancia.bank import chart, iso20022, matching, payouts, statements, status_reports
from plancia.bank.models import BankEntry, BankFile, PaymentFile, Payout
from plancia.bank.statements import Movement
from plancia.bank.states import EntryState, PayoutState
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.ledger import posting
from plancia.ledger.posting import Leg
from plancia.payments import chart as payments_chart

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: how many entries it has, how many were new, how many of these found their owner."""

    file: BankFile
    is_repeated: bool
    entries: int
    new: int
    matched: int


@transaction.atomic
def take(*, content: bytes, name: str = "", actor: Actor, at: datetime) -> Taken:
    """
    Take a camt.053, a camt.054 or a pain.002 in, as staff. The same file again changes nothing.

    Raises: BankFileRefused, with line and reason; nothing of the file was taken then.
    """
    fingerprint = hashlib.sha256(content).hexdigest()
    message = iso20022.read(content)
    found = [] if message.kind == "pain.002" else statements.movements(message)
    file = BankFile(
        fingerprint=fingerprint,
        kind=f"{message.kind}.{message.version}",
        name=name[:200],
        content=content,
        entries_number=len(found),
        new_number=0,
        imported_at=at,
        imported_by=actor.label,
    )
    # Two at once: the second waits here until the first has committed.
    BankFile.objects.bulk_create([file], ignore_conflicts=True)
    if not BankFile.objects.filter(pk=file.pk).exists():
        known = BankFile.objects.get(fingerprint=fingerprint)
        return Taken(known, is_repeated=True, entries=known.entries_number, new=0, matched=0)
    if message.kind == "pain.002":
        number = status_reports.take(message, actor=actor, at=at)
        return Taken(file, is_repeated=False, entries=number, new=number, matched=0)

    fresh = _keep(file, found)
    BankFile.objects.filter(pk=file.pk).update(new_number=len(fresh))
    by_key = {one.key: one for one in found}
    matched = sum(_explain(entry, by_key[entry.key], actor, at=at) for entry in fresh)
    return Taken(file, is_repeated=False, entries=len(found), new=len(fresh), matched=matched)


def _keep(file: BankFile, found: list[Movement]) -> list[BankEntry]:
    """Write the entries that are new, and return them; what another file said before is left out."""
    rows = [
        BankEntry(
            file=file,
            key=one.key,
            account=one.account,
            is_credit=one.is_credit,
            amount_minor=one.amount.minor,
            currency=one.amount.currency,
            booked_on=one.booked_on,
            reference=one.reference,
            message=one.message,
            name=one.name,
            iban=one.iban,
            end_to_end=one.end_to_end,
            return_reason=one.return_reason,
            state=EntryState.UNMATCHED if one.is_credit else EntryState.EXPLAINED,
        )
        for one in sorted(found, key=lambda one: one.key)
    ]
    BankEntry.objects.bulk_create(rows, ignore_conflicts=True)
    return list(BankEntry.objects.filter(file=file).order_by("pk"))


def _explain(entry: BankEntry, movement: Movement, actor: Actor, *, at: datetime) -> bool:
    payout = _payout(entry)
    if not entry.is_credit:
        _settle(entry, payout, movement, actor, at=at)
        return False
    if payout is not None and payout.state in (PayoutState.SENT, PayoutState.PAID, PayoutState.RETURNED):
        _take_back(entry, payout, actor, at=at)
        return True
    posting.post(
        reference=f"{entry.public_id}:booked",
        legs=[
            Leg(payments_chart.bank(entry.currency), entry.amount),
            Leg(chart.unmatched(entry.currency), -entry.amount),
        ],
        organization_id=None,
        at=at,
        description=entry.reference or entry.message[:140],
    )
    return matching.match_by_reference(entry, at=at)


def _payout(entry: BankEntry) -> Payout | None:
    if not entry.end_to_end:
        return None
    found: Payout | None = Payout.objects.filter(
        end_to_end=entry.end_to_end, currency=entry.currency, amount_minor=entry.amount_minor
    ).first()
    return found


def _settle(entry: BankEntry, payout: Payout | None, movement: Movement, actor: Actor, *, at: datetime) -> None:
    """A debit: payouts that the bank has sent. What is none of ours is the provider's own business, and only kept."""
    left: QuerySet[Payout] = Payout.objects.none()
    if payout is not None:
        left = Payout.objects.filter(pk=payout.pk)
    elif movement.payment_file:
        file = PaymentFile.objects.filter(
            message_id=movement.payment_file, currency=entry.currency, total_minor=entry.amount_minor
        ).first()
        if file is not None:
            left = Payout.objects.filter(file=file)
    for one in left.filter(state=PayoutState.SENT).order_by("pk"):
        payouts.settle(payout_id=one.pk, actor=actor, at=at)
    if payout is not None:
        BankEntry.objects.filter(pk=entry.pk).update(organization_id=payout.organization_id, purpose=payout.public_id)


def _take_back(entry: BankEntry, payout: Payout, actor: Actor, *, at: datetime) -> None:
    """A credit that is a payout coming back: it goes to where it came from."""
    if payout.state == PayoutState.SENT:
        # Its debit stands in a file that we have not seen, or in the same one: it left before it came back.
        payouts.settle(payout_id=payout.pk, actor=actor, at=at)
    payouts.fail(payout_id=payout.pk, reason=entry.return_reason or "returned", actor=actor, at=at)
    BankEntry.objects.filter(pk=entry.pk).update(
        state=EntryState.EXPLAINED, organization_id=payout.organization_id, purpose=payout.public_id
    )
