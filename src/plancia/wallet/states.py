"""The states of a refund."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


class RefundState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


REFUND_MOVES = Moves(
    {
        RefundState.PENDING: {RefundState.DONE, RefundState.FAILED},
        RefundState.DONE: set(),
        RefundState.FAILED: set(),
    }
)
