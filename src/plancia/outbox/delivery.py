"""Delivery: telling facts to their handlers, each in a transaction of its own."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from plancia.kernel import transaction
from plancia.outbox import events, facts
from plancia.outbox.models import Fact, Telling

logger = logging.getLogger(__name__)


def tell(fact_id: UUID, *, at: datetime) -> None:
    """
    Tell a fact to each handler that has not heard it yet.

    A handler that fails keeps no other from being told; the fact then stays untold, and is told again later.

    Raises: ExceptionGroup, of what the handlers raised.
    """
    with transaction.as_staff():
        fact = Fact.objects.get(pk=fact_id)
        if fact.told_at is not None:
            return
        event = events.read(fact.name, fact.payload)
        failures = []
        for name, handler in facts.handlers_of(type(event)).items():
            try:
                _tell_one(fact_id, name, handler, event, at=at)
            except Exception as failure:
                logger.exception("%s could not be told to %s", fact.public_id, name)
                failures.append(failure)
        if failures:
            raise ExceptionGroup(f"{fact.name} could not be told to everybody", failures)
        Fact.objects.filter(pk=fact_id, told_at=None).update(told_at=at)


def tell_untold(*, at: datetime, limit: int = 1000) -> int:
    """
    Tell what is untold, and what that makes happen, until nothing is left. Returns how many facts were told.

    Units: `limit` facts are read at a time.
    Raises: ExceptionGroup, once all others are told, when some could not be.
    """
    told, failures, failed = 0, [], set[UUID]()
    while waiting := _untold(failed, limit):
        for fact_id in waiting:
            try:
                tell(fact_id, at=at)
                told += 1
            except Exception as failure:
                failures.append(failure)
                failed.add(fact_id)
    if failures:
        raise ExceptionGroup(f"{len(failures)} facts could not be told", failures)
    return told


def _untold(failed: set[UUID], limit: int) -> list[UUID]:
    with transaction.as_staff():
        untold = Fact.objects.filter(told_at=None).exclude(pk__in=failed).order_by("happened_at", "pk")
        return list(untold.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _tell_one(
    fact_id: UUID, name: str, handler: facts.Handler[events.Event], event: events.Event, *, at: datetime
) -> None:
    # The fact's row is the lock: two deliveries at once tell it to one handler one after the other.
    Fact.objects.locked().get(pk=fact_id)
    if not Telling.objects.filter(fact_id=fact_id, handler=name).exists():
        Telling.objects.create(fact_id=fact_id, handler=name, told_at=at)
        handler(event, at=at)
