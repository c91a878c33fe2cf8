"""Names of people, as we keep them."""

from __future__ import annotations

import re
import unicodedata

#: Long enough for every name we have heard of, and two of them fit in an organization's.
LONGEST = 80

#: Joiners belong to emoji and to Persian and Indian names; all other invisible formatting could make a name lie.
_JOINERS = {"\u200c", "\u200d"}


def tidy(text: str) -> str:
    """Return a name in one line: composed, without control characters or invisible marks that reorder what is read."""
    composed = unicodedata.normalize("NFC", text)
    spaced = re.sub(r"\s+", " ", composed)
    kept = (
        letter
        for letter in spaced
        if letter in _JOINERS or unicodedata.category(letter) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    return "".join(kept).strip()
