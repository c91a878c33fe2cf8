"""The help centre of the demo: the bundled articles."""

from __future__ import annotations

from datetime import datetime

from plancia.catalog import queries
from plancia.kernel.actors import SYSTEM
from plancia.knowledge import bundled, importing, reading


def stock(*, at: datetime) -> None:
    """Import the bundled articles."""
    names = {code: row.names for code, row in queries.contents().types.items()}
    importing.load(reading.read(bundled.directory()), product_names=names, actor=SYSTEM, at=at)
