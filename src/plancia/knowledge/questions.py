"""Questions: what readers looked for and did not find, for staff to answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from plancia.kernel import transaction
from plancia.knowledge import asking
from plancia.knowledge.models import Question

#: A day's most, so that nobody fills the list; who asks for one of those that are there is counted all the same.
MOST_A_DAY = 1_000
#: What was asked once, and not again for so long, is forgotten.
KEPT = timedelta(days=180)
_SHORTEST, _LONGEST = 3, 100


@transaction.atomic
def note(text: str, language: str, *, at: datetime) -> bool:
    """Count a question that nothing answered, in its plain form; say whether it was worth counting."""
    plain = asking.plain(text)[:_LONGEST]
    if len(plain) < _SHORTEST:
        return False
    known = Question.objects.filter(language=language, text=plain)
    if not known.exists() and Question.objects.filter(asked_at__gt=at - timedelta(days=1)).count() >= MOST_A_DAY:
        return False
    with transaction.connection().cursor() as cursor:
        cursor.execute(_COUNT, [Question(language=language, text=plain).pk, language, plain, at])
    return True


@transaction.atomic
def forget(*, at: datetime) -> int:
    """Delete what nobody asked for a long time, and return how much that was."""
    count: int = Question.objects.filter(asked_at__lt=at - KEPT).delete()[0]
    return count


@transaction.atomic
def settle(*, question_id: UUID) -> None:
    """Take a question off the list, because it is answered now or never will be."""
    Question.objects.filter(pk=question_id).delete()


_COUNT = """
insert into knowledge_question (id, language, text, times, asked_at) values (%s, %s, %s, 1, %s)
on conflict (language, text) do update set times = knowledge_question.times + 1,
    asked_at = greatest(knowledge_question.asked_at, excluded.asked_at)
"""
