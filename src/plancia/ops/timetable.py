"""The timetable: every periodic job, on one page."""

from __future__ import annotations

from procrastinate import App


def register(app: App) -> None:
    """Put the periodic jobs on procrastinate's timetable. Called once, when Django is ready."""
