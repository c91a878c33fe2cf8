"""The states of a support request, and the moves between them."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


class RequestState(StrEnum):
    """Whom a request waits for: staff, the customer, or nobody."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


REQUEST_MOVES = Moves(
    {
        RequestState.OPEN: {RequestState.OPEN, RequestState.ANSWERED, RequestState.CLOSED},
        RequestState.ANSWERED: {RequestState.OPEN, RequestState.ANSWERED, RequestState.CLOSED},
        RequestState.CLOSED: {RequestState.OPEN, RequestState.ANSWERED},
    }
)
