from __future__ import annotations

from datetime import timedelta

import pytest

from plancia.kernel import ids
from plancia.knowledge import voting
from plancia.knowledge.models import Translation, Vote
from tests import racing
from tests.knowledge import shelf
from tests.people import MORNING


@pytest.fixture
def text(tmp_path, db) -> Translation:
    shelf.load(shelf.build(tmp_path))
    return Translation.objects.get(article__number=20, language="it")


def counts(text: Translation) -> tuple[int, int]:
    text.refresh_from_db()
    return text.helpful, text.unhelpful


def cast(text: Translation, voter: str, is_helpful: bool, missing: str = "") -> None:
    voting.cast(translation_id=text.pk, voter=voter, is_helpful=is_helpful, missing=missing, at=MORNING)


def test_a_reader_has_one_vote_and_may_change_it(text):
    cast(text, "ada", True)
    cast(text, "ada", True)
    assert counts(text) == (1, 0)

    cast(text, "ada", False, "  A picture.\0 ")
    cast(text, "bea", True)

    assert counts(text) == (1, 1)
    assert Vote.objects.get(voter="ada").missing == "A picture."
    assert voting.of(text.pk, "ada") is False
    assert voting.of(text.pk, "carlo") is None


def test_the_database_counts_whatever_happens_to_votes(text):
    cast(text, "ada", True)
    cast(text, "bea", False)
    Vote.objects.filter(voter="bea").delete()

    assert counts(text) == (1, 0)


def test_nobody_stuffs_votes(text, monkeypatch):
    monkeypatch.setattr(voting, "MOST_A_DAY", 2)
    others = list(Translation.objects.exclude(pk=text.pk).order_by("pk")[:3])
    cast(others[0], "ada", False)
    cast(others[1], "ada", False)

    with pytest.raises(voting.TooManyVotes):
        cast(others[2], "ada", False)
    cast(others[1], "ada", True)
    voting.cast(translation_id=others[2].pk, voter="ada", is_helpful=True, at=MORNING + timedelta(days=2))

    assert counts(others[1]) == (1, 0)


def test_many_votes_of_one_reader_at_once_are_one(text):
    racing.at_once(6, lambda _place: cast(text, "ada", True))

    assert counts(text) == (1, 0)


def test_a_long_answer_is_cut(text):
    cast(text, "ada", False, "x" * 5_000)

    assert len(Vote.objects.get().missing) == voting.LONGEST


def test_a_reader_is_known_again_and_not_known():
    ada, address = ids.new(), "203.0.113.7"

    assert voting.voter(user_id=ada, ip=address) == voting.voter(user_id=ada, ip="198.51.100.1")
    assert voting.voter(user_id=None, ip=address) != voting.voter(user_id=None, ip="203.0.113.8")
    assert voting.voter(user_id=None, ip="2001:db8:1:2::5") == voting.voter(user_id=None, ip="2001:db8:1:2:ffff::9")
    assert address not in voting.voter(user_id=None, ip=address)
