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
    seen = "".join(letter for letter in re.sub(r"\s", " ", text) if letter in _JOINERS or not _is_hidden(letter))
    return re.sub(" +", " ", unicodedata.normalize("NFC", seen)).strip()


def _is_hidden(letter: str) -> bool:
    # Control, format, private use, surrogate. Unassigned is not: it may be an emoji that is newer than our tables.
    return unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs"}
