from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from plancia.kernel import clock
from plancia.outbox import delivery, facts

#: 2, 4, 8 … seconds: about four minutes in all. Later the rescue job tells what is left.
_RETRY = RetryStrategy(max_attempts=7, exponential_wait=2)


@app.task(name=facts.TELL, queue=facts.QUEUE, retry=_RETRY)
def tell(fact: str) -> None:
    """Tell one fact."""
    delivery.tell(UUID(fact), at=clock.now())


@app.task(name="outbox.tell_untold", queue=facts.QUEUE)
def tell_untold(timestamp: int | None = None) -> None:
    """Tell facts whose job was lost or gave up."""
    delivery.tell_untold(at=clock.now())
