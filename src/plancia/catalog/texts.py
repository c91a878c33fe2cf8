"""Texts by language: choosing the one to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from django.utils.translation import get_language

Content = TypeVar("Content")

FALLBACK = "en"


def pick(texts: Mapping[str, str], language: str | None = None) -> str:
    """Return the text in `language` (the present one, unless said), else in English, else in any; "" where empty."""
    return _pick(texts, language) or ""


def pick_list(lists: Mapping[str, Sequence[str]], language: str | None = None) -> list[str]:
    """Return the list of texts in `language`, chosen as `pick` does."""
    return list(_pick(lists, language) or ())


def _pick(contents: Mapping[str, Content], language: str | None) -> Content | None:
    wanted = (language or get_language() or FALLBACK).lower()
    for candidate in (wanted, wanted.split("-")[0], FALLBACK):
        if contents.get(candidate):
            return contents[candidate]
    return next(iter(contents.values()), None)
