"""
Guessing: how often somebody may try what can be guessed, such as a password.

All limits of an attempt are counted in one statement, which locks their rows until the attempt ends: who sends a
thousand at once has them looked at one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plancia.accounts.models import Attempts
from plancia.kernel import transaction


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts in so much time, counted under a name: of an address of the network, or of an account."""

    key: str
    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt in progress."""

    keys: list[str]
    is_refused: bool

    def rollback(self) -> None:
        """Count it no more: it was no guess. To be called in the transaction of the attempt."""
        with transaction.connection().cursor() as cursor:
            cursor.execute(_TAKE_BACK, [self.keys])


def begin(limits: Sequence[Limit], *, at: datetime) -> Attempt:
    """Count an attempt where there is room; it is refused where any of the limits leaves none."""
    keys = [limit.key for limit in limits]
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "at": at,
                "keys": keys,
                "most": [limit.most for limit in limits],
                "ends": [at + limit.within for limit in limits],
            },
        )
        return Attempt(keys, any(is_refused for (is_refused,) in cursor.fetchall()))


def clear(limits: Sequence[Limit]) -> None:
    """Forget the attempts that were counted."""
    Attempts.objects.filter(pk__in=[limit.key for limit in limits]).delete()


def forget(*, at: datetime) -> int:
    """Forget attempts that count for nothing any more. Returns how many names."""
    deleted, _details = Attempts.objects.filter(forget_at__lt=at).delete()
    return deleted


# What is refused is not counted, or whoever goes on guessing would keep everybody else out for ever.
_COUNT = """
insert into accounts_attempts as kept (key, most, times, is_refused, forget_at)
select key, most, array[%(at)s::timestamptz], false, ends
from unnest(%(keys)s::text[], %(most)s::int[], %(ends)s::timestamptz[]) as asked (key, most, ends)
order by key
on conflict (key) do update set (most, times, is_refused, forget_at) = (
    select excluded.most,
        case when cardinality(recent) < excluded.most then recent || excluded.times else recent end,
        cardinality(recent) >= excluded.most,
        excluded.forget_at
    from (
        select coalesce(array_agg(one order by one), array[]::timestamptz[]) as recent from unnest(kept.times) as one
        where one > excluded.times[1] - (excluded.forget_at - excluded.times[1])
    ) as counted
)
returning is_refused
"""
_TAKE_BACK = "update accounts_attempts set times = times[:cardinality(times) - 1] where key = any(%s)"
