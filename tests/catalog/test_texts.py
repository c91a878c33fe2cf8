from __future__ import annotations

import pytest
from django.utils import translation

from plancia.catalog import texts


@pytest.mark.parametrize(
    ("language", "expected"), [("it", "ciao"), ("it-ch", "ciao"), ("de", "hello"), ("IT", "ciao"), (None, "hello")]
)
def test_a_text_is_in_the_language_asked_for_else_in_english(language, expected):
    with translation.override("en"):
        assert texts.pick({"it": "ciao", "en": "hello"}, language) == expected


def test_the_present_language_is_the_default():
    with translation.override("it"):
        assert texts.pick({"it": "ciao", "en": "hello"}) == "ciao"


def test_without_english_any_language_is_better_than_none():
    assert texts.pick({"rm": "allegra"}, "de") == "allegra"
    assert texts.pick({}, "de") == ""


def test_lists_are_chosen_as_texts_are():
    assert texts.pick_list({"en": ["a"], "it": ["b"]}, "it") == ["b"]
    assert texts.pick_list({}, "it") == []
