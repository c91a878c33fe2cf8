"""Spelling: how promo codes compare, whatever hand or keyboard wrote them, and how new ones are made."""

from __future__ import annotations

import secrets
import unicodedata

LONGEST = 40
#: What new codes are made of: no 0 and O, no 1, I and L, no vowels that could make a word nobody wants to print.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
_GROUP, _GROUPS = 5, 2

# Letters of other alphabets that look Latin, and digits that look like letters. Source: UTS 39, confusables; Crockford
# base 32, which reads O as 0, I and L as 1.
_ALIKE = str.maketrans(
    {
        **dict(zip("АВЕКМНОРСТУХІЈЅ", "ABEKMHOPCTYXIJS", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
    }
)
_READ_AS = str.maketrans("OIL", "011")


def key(text: str) -> str:
    """Return how a code compares: `" spring-2o "` and `SPRING20` are the same; empty, where nothing is left."""
    decomposed = unicodedata.normalize("NFKD", text).upper().translate(_ALIKE)
    letters = "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())
    return letters.translate(_READ_AS)[:LONGEST]


def printed(text: str) -> str:
    """Return a code as it is printed: in capitals, without blanks around."""
    return unicodedata.normalize("NFKC", text).strip().upper()[:LONGEST]


def random(prefix: str) -> str:
    """Return a code nobody guesses: `SPRING-7K3M9-QX2TB`, 48 bits of chance."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_GROUP * _GROUPS))
    groups = [letters[place : place + _GROUP] for place in range(0, len(letters), _GROUP)]
    return "-".join(part for part in (printed(prefix), *groups) if part)
