"""The states of a payment, and what becomes of a callback."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.kernel.states import Moves


class PaymentState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _STATES[self]


class ProfileState(StrEnum):
    """What a payment profile is: asked for, ready to be charged, or given up."""

    PENDING = "pending"
    ACTIVE = "active"
    REMOVED = "removed"


class CallbackOutcome(StrEnum):
    """What became of a callback of a gateway."""

    BOOKED = "booked"
    SAVED = "saved"
    APPROVED = "approved"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REPEATED = "repeated"
    LATE = "late"
    IGNORED = "ignored"
    UNKNOWN = "unknown"
    UNKNOWN_PROFILE = "unknown_profile"
    DIFFERENT_AMOUNT = "different_amount"
    COLLECTED_TWICE = "collected_twice"

    @property
    def needs_attention(self) -> bool:
        """Whether somebody's money may stand at the gateway without standing in our books."""
        return self in {self.UNKNOWN, self.DIFFERENT_AMOUNT, self.COLLECTED_TWICE, self.DISPUTED}


# A gateway may report money after it reported a failure, or after we stopped waiting: money that came is recorded.
PAYMENT_MOVES = Moves(
    {
        PaymentState.PENDING: {PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.CANCELLED},
        PaymentState.FAILED: {PaymentState.SUCCEEDED},
        PaymentState.CANCELLED: {PaymentState.SUCCEEDED},
        PaymentState.SUCCEEDED: set(),
    }
)

PROFILE_MOVES = Moves(
    {
        ProfileState.PENDING: {ProfileState.ACTIVE, ProfileState.REMOVED},
        ProfileState.ACTIVE: {ProfileState.REMOVED},
        ProfileState.REMOVED: set(),
    }
)

_STATES = {
    PaymentState.PENDING: _("Under way"),
    PaymentState.SUCCEEDED: _("Succeeded"),
    PaymentState.FAILED: _("Failed"),
    PaymentState.CANCELLED: _("Cancelled"),
}
