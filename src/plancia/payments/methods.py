"""The ways to pay."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Method(StrEnum):
    PREPAID = "prepaid"
    TRANSFER = "transfer"
    CARD = "card"
    PAYPAL = "paypal"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _METHODS[self]


_METHODS = {
    Method.PREPAID: _("Prepaid account"),
    Method.TRANSFER: _("Bank transfer"),
    Method.CARD: _("Card"),
    Method.PAYPAL: _("PayPal"),
}
