from __future__ import annotations

from procrastinate.contrib.django import app

from plancia.kernel import clock
from plancia.provisioning import reconciling, turns


@app.task(name=turns.TASK, queue=turns.QUEUE)
def reconcile_driver(driver: str) -> None:
    """Bring what is due of one driver to what it should be."""
    reconciling.reconcile_due(at=clock.now(), driver=driver)


def reconcile() -> None:
    """Give a turn to every driver that has something due."""
    turns.ask_due(at=clock.now())
