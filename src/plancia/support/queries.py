"""What feedback can be asked: read by staff, over all organizations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise

from plancia.kernel import pages
from plancia.kernel.pages import Page
from plancia.support.feedback import Cause, Occasion
from plancia.support.models import Feedback


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """What somebody said."""

    occasion: str | Promise
    cause: str | Promise
    product_type: str
    page: str
    comment: str
    organization_id: str
    organization_name: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Trend:
    """How often one cause, or one type, was named: in all, and in each of the last months, the oldest first."""

    code: str
    label: str | Promise
    total: int
    months: list[int]


def feedback(*, occasion: str = "", cause: str = "", product_type: str = "", page: int = 1) -> Page[FeedbackRow]:
    """Return what was said, the newest first. Two queries."""
    found = _narrowed(occasion, cause, product_type).select_related("organization").order_by("-given_at", "-pk")
    return pages.page_of(found, _row, number=page)


def trends_by_cause(months: Sequence[datetime]) -> list[Trend]:
    """Return how often each cause was named in `months`, the most frequent first. One query."""
    counted = _counted("cause", months)
    trends = [_trend(cause.value, cause.label, counted, months) for cause in Cause]
    return sorted((trend for trend in trends if trend.total), key=lambda trend: -trend.total)


def trends_by_type(months: Sequence[datetime], names: dict[str, str]) -> list[Trend]:
    """Return how often products of each type were given up, the most frequent first. `names` are the types'."""
    counted = _counted("product_type", months)
    codes = {code for code, _month in counted if code}
    return sorted(
        (_trend(code, names.get(code, code), counted, months) for code in codes), key=lambda trend: -trend.total
    )


def _narrowed(occasion: str, cause: str, product_type: str) -> QuerySet[Feedback]:
    wanted = {"occasion": occasion, "cause": cause, "product_type": product_type}
    found: QuerySet[Feedback] = Feedback.objects.filter(**{name: value for name, value in wanted.items() if value})
    return found


def _counted(field: str, months: Sequence[datetime]) -> dict[tuple[str, datetime], int]:
    rows = (
        Feedback.objects.filter(given_at__gte=min(months))
        .annotate(month=TruncMonth("given_at"))
        .values_list(field, "month")
        .annotate(count=Count("pk"))
        .order_by(field, "month")
    )
    return {(code, month): count for code, month, count in rows}


def _trend(
    code: str, label: str | Promise, counted: dict[tuple[str, datetime], int], months: Sequence[datetime]
) -> Trend:
    each = [counted.get((code, month), 0) for month in months]
    return Trend(code, label, sum(each), each)


def _row(row: Feedback) -> FeedbackRow:
    return FeedbackRow(
        occasion=Occasion(row.occasion).label,
        cause=Cause(row.cause).label if row.cause else "",
        product_type=row.product_type,
        page=row.page,
        comment=row.comment,
        organization_id=row.organization.public_id if row.organization else "",
        organization_name=row.organization.name if row.organization else "",
        given_at=row.given_at,
    )
