"""What an organization is, and what we know of its VAT number."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What an organization is before the law."""

    PERSON = "person"
    COMPANY = "company"
    ASSOCIATION = "association"
    PUBLIC_BODY = "public_body"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _KINDS[self]


class VatNumberState(StrEnum):
    """What we know of a VAT number: `unverified` where no rule of its country is known to us."""

    NONE = "none"
    VALID = "valid"
    UNVERIFIED = "unverified"
    INVALID = "invalid"


_KINDS = {
    Kind.PERSON: _("Private person"),
    Kind.COMPANY: _("Company"),
    Kind.ASSOCIATION: _("Association"),
    Kind.PUBLIC_BODY: _("Public body"),
}
