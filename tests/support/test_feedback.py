from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from plancia.support import feedback, queries
from plancia.support.feedback import Cause, NothingSaid, Occasion
from tests.people import MORNING


def say(cause: Cause | str = "", comment: str = "", types: tuple[str, ...] = ("",), at: datetime = MORNING) -> None:
    feedback.give(occasion=Occasion.CANCELLATION, cause=cause, comment=comment, product_types=types, at=at)


def test_nobody_has_to_say_anything_but_saying_nothing_is_nothing(staff: None) -> None:
    with pytest.raises(NothingSaid):
        say(comment="   ")


def test_trends_count_causes_and_types_month_by_month(staff: None) -> None:
    march, april = MORNING, MORNING.replace(month=4)
    say(Cause.TOO_EXPENSIVE, types=("vps", "drive"))
    say(Cause.TOO_EXPENSIVE, types=("vps",), at=april)
    say(Cause.OUTAGES, "again", at=april)
    months = [timezone.make_aware(datetime(2026, month, 1)) for month in (3, 4)]  # noqa: DTZ001

    assert [(one.code, one.total, one.months) for one in queries.trends_by_cause(months)] == [
        ("too_expensive", 3, [2, 1]),
        ("outages", 1, [0, 1]),
    ]
    assert [(one.label, one.months) for one in queries.trends_by_type(months, {"vps": "VPS"})] == [
        ("VPS", [1, 1]),
        ("drive", [1, 0]),
    ]
    assert queries.feedback(cause="outages").rows[0].comment == "again"
    assert march < april
