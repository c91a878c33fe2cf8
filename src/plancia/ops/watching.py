"""Watching: an alarm, where a periodic job was missed. One mail a day for each, to the provider's own address."""

from __future__ import annotations

import logging
from datetime import datetime

from django.core.cache import cache
from django.core.mail import EmailMessage

from plancia.billing import parties
from plancia.kernel import clock, transaction
from plancia.outbox import rounds

logger = logging.getLogger(__name__)

_DAY_SECONDS = 86_400


def watch() -> int:
    """Raise the alarm for periodic jobs that were missed; return how many were told."""
    with transaction.as_staff(), transaction.atomic():
        return _watch(rounds.missed(at=clock.now()), at=clock.now())


def _watch(missed: list[str], *, at: datetime) -> int:
    told = 0
    for name in missed:
        if not cache.add(f"missed-round:{name}", at.isoformat(), _DAY_SECONDS):
            continue
        logger.error("the periodic job %s was missed", name)
        EmailMessage(
            subject=f"Plancia: the job {name} was missed",
            body=f"The periodic job {name} has not begun when it should have. Is the worker running?\n",
            to=[parties.seller().email],
        ).send()
        told += 1
    return told
