"""Races: many threads that act at the same moment, with connections of their own, and commit."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections

from plancia.kernel.refusals import Refusal


def at_once(number: int, act: Callable[[int], object]) -> list[str]:
    """Let `number` threads act at once; return, sorted, what each returned ("None" → "done") or was refused with."""
    together, outcomes = threading.Barrier(number), []
    defects: list[BaseException] = []

    def run(place: int) -> None:
        together.wait()
        try:
            outcomes.append(str(act(place) or "done"))
        except Refusal as refusal:
            outcomes.append(refusal.code)
        except BaseException as defect:
            defects.append(defect)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[place]) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if defects:
        raise defects[0]
    return sorted(outcomes)
