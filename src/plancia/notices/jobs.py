from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from plancia.kernel import clock
from plancia.notices import outgoing


@app.task(name=outgoing.SEND, queue=outgoing.QUEUE)
def send(message: str) -> None:
    """Send one message, soon after it was written."""
    outgoing.send(UUID(message), at=clock.now())


def send_unsent() -> int:
    """Send what is due: what could not be sent before, and whatever lost its job."""
    return outgoing.send_due(at=clock.now())
