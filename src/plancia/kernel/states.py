"""States and the moves between them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from plancia.kernel.refusals import Refusal

State = TypeVar("State", bound=StrEnum)


class MoveRefused(Refusal):
    """What is asked for cannot happen in the present state."""

    code = "move_refused"
    sentence = _("This is not possible now: it is “%(present)s” and cannot become “%(wanted)s”.")


class Moves(Generic[State]):
    """Which state may follow which. Every state is a key; a final state has no moves."""

    def __init__(self, moves: Mapping[State, Set[State]]) -> None:
        kinds = {type(state) for state in moves}
        missing = {state for kind in kinds for state in kind} - set(moves)
        if missing:
            raise ValueError(f"states without a line: {sorted(missing)}")
        self._moves = {state: frozenset(following) for state, following in moves.items()}

    def may(self, present: State, wanted: State) -> bool:
        """Say whether `wanted` may follow `present`."""
        return wanted in self._moves[present]

    def require(self, present: State, wanted: State) -> State:
        """Return `wanted`. Raises: MoveRefused, where it may not follow `present`."""
        if not self.may(present, wanted):
            raise MoveRefused(present=str(present), wanted=str(wanted))
        return wanted

    def is_final(self, state: State) -> bool:
        """Say whether nothing follows `state`."""
        return not self._moves[state]
