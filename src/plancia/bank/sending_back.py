"""
Sending back: money that came and is nobody's returns to the account it came from, as a payout that staff release.

Source: SPEC 5.3, docs/decisions/0125-unmatched-money-goes-back-as-a-payout.md
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.bank import chart, payouts
from plancia.bank.matching import NotMatchable
from plancia.bank.models import BankEntry, Payout
from plancia.bank.payouts import IbanRefused, ReasonMissing
from plancia.bank.states import EntryState
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal


class NoWayBack(Refusal):
    """The bank did not say from which account the money came."""

    code = "no_way_back"
    sentence = _("The bank does not say which account this money came from: agree with the bank how it goes back.")


@transaction.atomic
def send_back(*, entry_id: UUID, reason: str, actor: Actor, at: datetime) -> Payout:
    """
    Let money that is nobody's go back to the account it came from, and nowhere else. The payer reads the reason.

    It waits to be released like any payout. Where it does not arrive, the entry is unmatched again.

    Raises: ReasonMissing; NoWayBack; NotMatchable, when it is somebody's, or on its way back.
    """
    if not reason.strip():
        raise ReasonMissing
    entry: BankEntry = BankEntry.objects.locked().get(pk=entry_id)
    if not entry.is_credit or entry.state not in (EntryState.UNMATCHED, EntryState.SET_ASIDE):
        raise NotMatchable
    try:
        destination = payouts.bank_account(iban=entry.iban, holder=entry.name or entry.iban)
    except IbanRefused:
        raise NoWayBack from None
    entry.suggestions.all().delete()
    entry.send_back(note=reason.strip(), by=actor.label)
    return payouts.ask(
        organization_id=None,
        purpose=entry.public_id,
        amount=entry.amount,
        source=chart.unmatched(entry.currency),
        destination=destination,
        key=ids.new(),
        note=reason.strip(),
        actor=actor,
        at=at,
    )
