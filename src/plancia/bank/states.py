"""The states of a payout, and of an entry on a bank statement."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from plancia.kernel.states import Moves


class PayoutState(StrEnum):
    """Money that leaves: waits for staff, is released, was sent to the bank, has left; or why it did not."""

    WAITING = "waiting"
    RELEASED = "released"
    SENT = "sent"
    PAID = "paid"
    REFUSED = "refused"
    REJECTED = "rejected"
    RETURNED = "returned"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _PAYOUTS[self]


#: States in which the money stands on the outgoing account.
RESERVED = frozenset({PayoutState.WAITING, PayoutState.RELEASED, PayoutState.SENT})

PAYOUT_MOVES = Moves(
    {
        PayoutState.WAITING: {PayoutState.RELEASED, PayoutState.REFUSED},
        PayoutState.RELEASED: {PayoutState.SENT, PayoutState.REFUSED},
        PayoutState.SENT: {PayoutState.PAID, PayoutState.REJECTED},
        PayoutState.PAID: {PayoutState.RETURNED},
        PayoutState.REFUSED: set(),
        PayoutState.REJECTED: set(),
        PayoutState.RETURNED: set(),
    }
)


class EntryState(StrEnum):
    """A credit on the statement: nobody's yet, somebody's, or sent back; a debit, or a return, is explained."""

    UNMATCHED = "unmatched"
    MATCHED = "matched"
    EXPLAINED = "explained"
    SET_ASIDE = "set_aside"
    SENT_BACK = "sent_back"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _ENTRIES[self]


ENTRY_MOVES = Moves(
    {
        EntryState.UNMATCHED: {EntryState.MATCHED, EntryState.SET_ASIDE, EntryState.SENT_BACK},
        EntryState.SET_ASIDE: {EntryState.UNMATCHED, EntryState.SENT_BACK},
        EntryState.SENT_BACK: {EntryState.UNMATCHED},
        EntryState.MATCHED: set(),
        EntryState.EXPLAINED: set(),
    }
)

_PAYOUTS = {
    PayoutState.WAITING: pgettext_lazy("payout", "Being checked"),
    PayoutState.RELEASED: pgettext_lazy("payout", "Released"),
    PayoutState.SENT: pgettext_lazy("payout", "Sent to the bank"),
    PayoutState.PAID: pgettext_lazy("payout", "Paid out"),
    PayoutState.REFUSED: pgettext_lazy("payout", "Refused"),
    PayoutState.REJECTED: pgettext_lazy("payout", "Rejected by the bank"),
    PayoutState.RETURNED: pgettext_lazy("payout", "Came back"),
}
_ENTRIES = {
    EntryState.UNMATCHED: pgettext_lazy("bank entry", "Unmatched"),
    EntryState.MATCHED: pgettext_lazy("bank entry", "Matched"),
    EntryState.EXPLAINED: pgettext_lazy("bank entry", "Explained"),
    EntryState.SET_ASIDE: pgettext_lazy("bank entry", "Set aside"),
    EntryState.SENT_BACK: pgettext_lazy("bank entry", "Sent back"),
}
