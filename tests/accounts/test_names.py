from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.accounts import names


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada \n\t Bianchi ", "Ada Bianchi"),
        ("Zoe\u0308", "Zoë"),
        ("👩‍👩‍👧 Rossi", "👩‍👩‍👧 Rossi"),
        ("محمد علی\u200cنژاد", "محمد علی\u200cنژاد"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("A\x00d\x1ba", "Ada"),
        ("\u200b\u2066\ufeff", ""),
    ],
)
def test_a_name_is_kept_as_it_is_read(typed: str, kept: str):
    assert names.tidy(typed) == kept


@given(st.text())
def test_a_tidy_name_is_one_line_and_stays_as_it_is(typed: str):
    tidy = names.tidy(typed)

    assert len(tidy.splitlines()) <= 1
    assert not any(unicodedata.category(letter) == "Cc" for letter in tidy)
    assert names.tidy(tidy) == tidy
