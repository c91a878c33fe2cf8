"""What cancellations can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Prefetch, QuerySet
from django.utils.functional import Promise

from plancia.kernel import ids, pages
from plancia.kernel.pages import Page
from plancia.leaving.declarations import Kind
from plancia.leaving.models import CancellationRequest, CancellationRequestItem, Declaration
from plancia.leaving.states import RequestState
from plancia.provisioning import queries as provisioning
from plancia.provisioning.contents import Content
from plancia.subscriptions.cancellation import When
from plancia.subscriptions.models import Cancellation, Subscription


@dataclass(frozen=True, slots=True)
class CancelledProduct:
    """
    A product in a cancellation: when it ends, or ended, and the proof of what was destroyed with it, and when.

    `is_kept` where somebody changed her mind afterwards, or the cancellation never came to count.
    """

    public_id: str
    name: str
    type_code: str
    ends_at: datetime | None
    ended_at: datetime | None
    is_kept: bool
    removed_at: datetime | None
    contents: list[Content] | None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A cancellation in a list."""

    public_id: str
    state: RequestState
    when: When
    names: list[str]
    requested_at: datetime
    requested_by: str
    expires_at: datetime

    @property
    def others(self) -> int:
        """How many products there are besides the first."""
        return len(self.names) - 1


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A cancellation on its own page."""

    id: UUID
    organization_id: UUID
    public_id: str
    state: RequestState
    when: When
    email: str
    is_gated: bool
    requested_at: datetime
    requested_by: str
    expires_at: datetime
    confirmed_at: datetime | None
    products: list[CancelledProduct]


@dataclass(frozen=True, slots=True)
class DeclarationRow:
    """What somebody declared by the public form, for staff."""

    public_id: str
    kind: str | Promise
    name: str
    email: str
    product: str
    reason: str
    organization: str
    received_at: datetime
    settled_at: datetime | None
    settled_by: str


def declarations(*, page: int = 1) -> Page[DeclarationRow]:
    """Return the declarations, open ones first, then the newest. Two queries."""
    found = Declaration.objects.order_by(F("settled_at").desc(nulls_first=True), "-received_at", "-pk")
    return pages.page_of(found, _declaration, number=page)


def requests(organization_id: UUID, *, page: int = 1) -> Page[RequestRow]:
    """Return the cancellations of an organization, the newest first. Three queries."""
    found = _with_items(CancellationRequest.objects.filter(organization_id=organization_id))
    return pages.page_of(found.order_by("-requested_at", "-pk"), _row, number=page)


def request(organization_id: UUID, public_id: str) -> RequestDetail | None:
    """Return one cancellation of an organization, or None. Four queries."""
    found = CancellationRequest.objects.filter(organization_id=organization_id).by_public_id(public_id)
    asked: CancellationRequest | None = _with_items(found).first()
    return detail(asked) if asked else None


def open_request_of(subscription_id: UUID) -> RequestRow | None:
    """Return the unconfirmed cancellation that a product is in, or None. Two queries at most."""
    item = CancellationRequestItem.objects.filter(subscription_id=subscription_id, closed_at=None).first()
    if item is None:
        return None
    return _row(_with_items(CancellationRequest.objects.filter(pk=item.request_id)).get())


def leaving(organization_id: UUID, public_ids: Sequence[str]) -> set[str]:
    """Return which of these products are given up, or wait to be confirmed. Two queries."""
    keys = [key for text in public_ids if (key := ids.parse(Subscription.prefix, text))]
    mine = {"organization_id": organization_id, "subscription__in": keys}
    waiting = CancellationRequestItem.objects.filter(**mine, closed_at=None)
    given_up = Cancellation.objects.filter(**mine, ended_at=None, withdrawn_at=None)
    found = {*waiting.values_list("subscription_id", flat=True), *given_up.values_list("subscription_id", flat=True)}
    return {ids.public(Subscription.prefix, key) for key in found}


def detail(asked: CancellationRequest) -> RequestDetail:
    """Return a cancellation with its products."""
    items = sorted(asked.items.all(), key=lambda item: (item.subscription.name, item.pk))
    services = provisioning.resources_of([item.subscription.public_id for item in items])
    kept = (
        set()
        if asked.confirmed_at is None
        else set(
            Cancellation.objects.filter(
                subscription__in=[item.subscription_id for item in items],
                filed_at=asked.confirmed_at,
                withdrawn_at__isnull=False,
            ).values_list("subscription_id", flat=True)
        )
    )
    products = []
    for item in items:
        service = services.get(item.subscription.public_id)
        products.append(
            CancelledProduct(
                public_id=item.subscription.public_id,
                name=item.subscription.name,
                type_code=item.subscription.product_type,
                ends_at=item.effective_at,
                ended_at=item.subscription.terminated_at,
                is_kept=item.subscription_id in kept,
                removed_at=service.removed_at if service else None,
                contents=service.contents if service else None,
            )
        )
    return RequestDetail(
        id=asked.pk,
        organization_id=asked.organization_id,
        public_id=asked.public_id,
        state=state_of(asked),
        when=When(asked.when),
        email=asked.email,
        is_gated=asked.is_gated,
        requested_at=asked.requested_at,
        requested_by=asked.requested_by,
        expires_at=asked.expires_at,
        confirmed_at=asked.confirmed_at,
        products=products,
    )


def state_of(asked: CancellationRequest) -> RequestState:
    """Return the state that the instants of a request amount to."""
    if asked.confirmed_at:
        return RequestState.CONFIRMED
    if asked.withdrawn_at:
        return RequestState.WITHDRAWN
    return RequestState.EXPIRED if asked.expired_at else RequestState.UNCONFIRMED


def _with_items(found: QuerySet[CancellationRequest]) -> QuerySet[CancellationRequest]:
    items = CancellationRequestItem.objects.select_related("subscription")
    return found.prefetch_related(Prefetch("items", queryset=items))


def _row(asked: CancellationRequest) -> RequestRow:
    return RequestRow(
        public_id=asked.public_id,
        state=state_of(asked),
        when=When(asked.when),
        names=sorted(item.subscription.name for item in asked.items.all()),
        requested_at=asked.requested_at,
        requested_by=asked.requested_by,
        expires_at=asked.expires_at,
    )


def _declaration(row: Declaration) -> DeclarationRow:
    return DeclarationRow(
        public_id=row.public_id,
        kind=Kind(row.kind).label,
        name=row.name,
        email=row.email,
        product=row.product,
        reason=row.reason,
        organization=ids.public("org", row.organization_id) if row.organization_id else "",
        received_at=row.received_at,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
    )
