"""What comes round: one line a job."""

from __future__ import annotations

from plancia.kernel import clock
from plancia.knowledge import questions, vocabulary


def count_words() -> None:
    """Count anew in how many articles each word stands."""
    vocabulary.refresh()


def forget_questions() -> None:
    """Forget what nobody asked for a long time."""
    questions.forget(at=clock.now())
