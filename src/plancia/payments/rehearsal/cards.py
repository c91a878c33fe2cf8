"""Saved cards: their names say how they behave, so that nothing has to be remembered."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens when a saved card is charged: nothing, where it works; else the code of why not."""

    label: str
    last_digits: str
    expires_on: str
    code: str = ""


#: By the choice that saves them. The numbers are of no card: no issuer begins with them.
BEHAVIOURS = {
    "save": Behaviour("Visa", "0001", "2031-12-31"),
    "save-declining": Behaviour("Mastercard", "0002", "2030-06-30", "insufficient_funds"),
    "save-asking": Behaviour("Visa", "0003", "2030-09-30", "authentication_required"),
}


def new(choice: str) -> dict[str, Any]:
    """Return a saved card that behaves as the choice says, as the merchant is told of it."""
    behaviour = BEHAVIOURS[choice]
    return {
        "reference": f"card_{choice}_{secrets.token_hex(8)}",
        "label": behaviour.label,
        "last_digits": behaviour.last_digits,
        "expires_on": behaviour.expires_on,
    }


def refusal(means: str) -> str | None:
    """Return why a saved card is not charged: an empty text where it is, None where there is no such card."""
    _card, _, rest = means.partition("_")
    behaviour = BEHAVIOURS.get(rest.rpartition("_")[0])
    return behaviour.code if behaviour else None
