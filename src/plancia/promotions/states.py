"""The kinds of what is given, and the standing of what was."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What a campaign takes off a term."""

    PERCENT = "percent"
    AMOUNT = "amount"
    FREE = "free"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _KINDS[self]


class Standing(StrEnum):
    """What became of a complimentary offer. Computed from its instants, not stored."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _STANDINGS[self]


_KINDS = {
    Kind.PERCENT: _("A share of the price"),
    Kind.AMOUNT: _("An amount"),
    Kind.FREE: _("Free terms"),
}
_STANDINGS = {
    Standing.OPEN: _("Not used yet"),
    Standing.USED: _("Used"),
    Standing.EXPIRED: _("Expired"),
    Standing.WITHDRAWN: _("Taken back"),
}
