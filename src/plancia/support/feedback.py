"""Feedback: what people think of us, where they care to say. Source: SPEC 7.4."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.kernel import transaction
from plancia.kernel.refusals import Refusal
from plancia.support.models import Feedback

LONGEST = 4_000


class Occasion(StrEnum):
    """When it was said."""

    CANCELLATION = "cancellation"
    ORGANIZATION_DELETED = "organization_deleted"
    ACCOUNT_CLOSED = "account_closed"
    PAGE = "page"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _OCCASIONS[self]


class Cause(StrEnum):
    """Why somebody leaves, in a word."""

    NO_LONGER_NEEDED = "no_longer_needed"
    TOO_EXPENSIVE = "too_expensive"
    MISSING_FEATURE = "missing_feature"
    TOO_COMPLICATED = "too_complicated"
    OUTAGES = "outages"
    SUPPORT = "support"
    MOVED_ELSEWHERE = "moved_elsewhere"
    OTHER = "other"

    @property
    def label(self) -> str | Promise:
        """How people say it."""
        return _CAUSES[self]


class NothingSaid(Refusal):
    """Feedback says something."""

    code = "nothing_said"
    sentence = _("Write a few words first.")
    field = "comment"


@transaction.atomic
def give(
    *,
    occasion: Occasion,
    at: datetime,
    cause: str = "",
    comment: str = "",
    organization_id: UUID | None = None,
    user_id: UUID | None = None,
    product_types: Sequence[str] = ("",),
    page: str = "",
    language: str = "",
) -> list[Feedback]:
    """
    Keep what somebody said, once for each type of product that it is about.

    Raises: NothingSaid, where there is neither a cause nor a word.
    """
    comment = comment.strip()[:LONGEST]
    if not (cause or comment):
        raise NothingSaid()
    given: list[Feedback] = Feedback.objects.bulk_create(
        Feedback(
            organization_id=organization_id,
            user_id=user_id,
            occasion=occasion,
            cause=Cause(cause).value if cause else "",
            product_type=product_type,
            page=page[:500],
            comment=comment,
            language=language[:5],
            given_at=at,
        )
        for product_type in product_types
    )
    return given


_OCCASIONS = {
    Occasion.CANCELLATION: _("A product was cancelled"),
    Occasion.ORGANIZATION_DELETED: _("An organization was deleted"),
    Occasion.ACCOUNT_CLOSED: _("A user account was closed"),
    Occasion.PAGE: _("From a page"),
}
_CAUSES = {
    Cause.NO_LONGER_NEEDED: _("I no longer need it"),
    Cause.TOO_EXPENSIVE: _("It is too expensive"),
    Cause.MISSING_FEATURE: _("Something is missing"),
    Cause.TOO_COMPLICATED: _("It is too complicated"),
    Cause.OUTAGES: _("It does not work reliably"),
    Cause.SUPPORT: _("Support did not help"),
    Cause.MOVED_ELSEWHERE: _("I move to another provider"),
    Cause.OTHER: _("Another reason"),
}
