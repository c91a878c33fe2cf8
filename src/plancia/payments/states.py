"""The states of a payment."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


class PaymentState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


# A gateway may report money after it reported a failure, or after we stopped waiting: money that came is recorded.
PAYMENT_MOVES = Moves(
    {
        PaymentState.PENDING: {PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.CANCELLED},
        PaymentState.FAILED: {PaymentState.SUCCEEDED},
        PaymentState.CANCELLED: {PaymentState.SUCCEEDED},
        PaymentState.SUCCEEDED: set(),
    }
)
