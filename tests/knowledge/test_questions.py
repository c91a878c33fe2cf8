from __future__ import annotations

from datetime import timedelta

import pytest

from plancia.knowledge import questions
from plancia.knowledge.models import Question
from tests.people import MORNING


def test_the_same_question_is_counted_in_whatever_way_it_is_typed(db):
    for text in ("Xylophone?", "xylophone", "  XYLÓPHONE "):
        assert questions.note(text, "en", at=MORNING)

    assert list(Question.objects.values_list("text", "times")) == [("xylophone", 3)]


@pytest.mark.parametrize("text", ["", "ab", "🦆", "?!"])
def test_what_is_no_question_is_not_kept(db, text):
    assert not questions.note(text, "en", at=MORNING)
    assert not Question.objects.exists()


def test_nobody_fills_the_list(db, monkeypatch):
    monkeypatch.setattr(questions, "MOST_A_DAY", 3)
    for number in range(5):
        questions.note(f"question {number}", "en", at=MORNING)
    questions.note("question 1", "en", at=MORNING)

    assert Question.objects.count() == 3
    assert Question.objects.get(text="question 1").times == 2
    assert questions.note("tomorrow", "en", at=MORNING + timedelta(days=2))


def test_what_nobody_asks_again_is_forgotten(db):
    questions.note("an old one", "en", at=MORNING - timedelta(days=200))
    questions.note("a new one", "en", at=MORNING)

    assert questions.forget(at=MORNING) == 1
    assert Question.objects.get().text == "a new one"
