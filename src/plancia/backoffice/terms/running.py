"""The periodic jobs as staff see them: when each last ran, how long it took, whether it was missed, what waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from plancia.notices.models import Message
from plancia.outbox import rounds
from plancia.outbox.models import Fact
from plancia.outbox.rounds import Round
from plancia.provisioning.models import Resource
from plancia.subscriptions import renewal
from plancia.subscriptions.models import Change


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A periodic job as it ran. `backlog` is what waits for it, where that is counted."""

    round: Round
    last_at: datetime | None
    seconds: float | None
    has_failed: bool
    is_missed: bool
    next_at: datetime
    backlog: int | None


def rows(*, at: datetime) -> list[RoundRow]:
    """Return all periodic jobs with their last run."""
    runs = rounds.last_runs()
    found = []
    for one in rounds.all_rounds():
        run = runs.get(one.name)
        last_at, ended_at = (run.began_at, run.ended_at) if run else (None, None)
        counted = _BACKLOGS.get(one.name)
        found.append(
            RoundRow(
                round=one,
                last_at=last_at,
                seconds=(ended_at - last_at).total_seconds() if last_at and ended_at else None,
                has_failed=bool(run and run.has_failed),
                is_missed=rounds.is_missed(one, rounds.began_at(one, runs), at=at),
                next_at=rounds.next_run(one, at=at),
                backlog=counted(at) if counted else None,
            )
        )
    return found


_BACKLOGS: dict[str, Callable[[datetime], int]] = {
    "tell-facts": lambda at: Fact.objects.filter(told_at=None).count(),
    "send-notices": lambda at: Message.objects.filter(due_at__lte=at).count(),
    "reconcile": lambda at: Resource.objects.filter(is_settled=False).count(),
    "offer-renewals": lambda at: len(renewal.due(at=at)),
    "apply-changes": lambda at: Change.objects.filter(applied_at=None, withdrawn_at=None, effective_at__lte=at).count(),
}
