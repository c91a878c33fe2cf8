"""What requests can be asked: by customers, and by staff over all organizations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from plancia.kernel import pages
from plancia.kernel.pages import Page
from plancia.support.models import SupportAttachment, SupportMessage, SupportRequest
from plancia.support.states import RequestState


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request in a list."""

    public_id: str
    code: str
    subject: str
    state: RequestState
    author: str
    assigned_name: str
    organization: str
    organization_name: str
    product_name: str
    messages: int
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    public_id: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    """What was written, by whom."""

    public_id: str
    is_staff: bool
    author: str
    text: str
    by_mail: bool
    written_at: datetime
    attachments: list[AttachmentRow]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request with all that was written in it."""

    id: UUID
    organization_id: UUID
    public_id: str
    code: str
    subject: str
    state: RequestState
    author: str
    email: str
    language: str
    product: str
    product_name: str
    page: str
    assigned_to: UUID | None
    assigned_name: str
    opened_at: datetime
    messages: list[MessageRow]


def requests(organization_id: UUID, *, user_id: UUID | None, page: int = 1) -> Page[RequestRow]:
    """Return the requests of an organization, those of one user where `user_id` says so. Two queries."""
    found = SupportRequest.objects.filter(organization_id=organization_id)
    if user_id:
        found = found.filter(user_id=user_id)
    return _page(found, page)


def inbox(*, show: str, user_id: UUID, search: str = "", page: int = 1) -> Page[RequestRow]:
    """Return requests for staff: `mine`, `unassigned`, `open`, `answered`, `closed`, or all. Two queries."""
    found = SupportRequest.objects.all()
    match show:
        case "mine":
            found = found.filter(assigned_to=user_id).exclude(state=RequestState.CLOSED)
        case "unassigned":
            found = found.filter(assigned_to=None, state=RequestState.OPEN)
        case "open" | "answered" | "closed":
            found = found.filter(state=show)
    if search:
        found = found.filter(Q(code__iexact=search) | Q(subject__icontains=search) | Q(email__icontains=search))
    return _page(found, page)


def conversation(
    public_id: str, *, organization_id: UUID | None = None, user_id: UUID | None = None
) -> Conversation | None:
    """Return one request, of an organization and a user where they are given. Three queries."""
    found = SupportRequest.objects.by_public_id(public_id)
    if organization_id:
        found = found.filter(organization_id=organization_id)
    if user_id:
        found = found.filter(user_id=user_id)
    request: SupportRequest | None = found.first()
    if request is None:
        return None
    files: dict[UUID, list[AttachmentRow]] = {}
    for one in SupportAttachment.objects.filter(message__request=request).defer("content").order_by("name", "pk"):
        files.setdefault(one.message_id, []).append(AttachmentRow(one.public_id, one.name, one.size_bytes))
    return Conversation(
        id=request.pk,
        organization_id=request.organization_id,
        public_id=request.public_id,
        code=request.code,
        subject=request.subject,
        state=RequestState(request.state),
        author=request.author,
        email=request.email,
        language=request.language,
        product=request.product,
        product_name=request.product_name,
        page=request.page,
        assigned_to=request.assigned_to,
        assigned_name=request.assigned_name,
        opened_at=request.opened_at,
        messages=[
            MessageRow(
                one.public_id,
                one.is_staff,
                one.author,
                one.text,
                one.mail_id is not None,
                one.written_at,
                files.get(one.pk, []),
            )
            for one in SupportMessage.objects.filter(request=request).order_by("written_at", "pk")
        ],
    )


def attachment(public_id: str, *, request_id: UUID) -> SupportAttachment | None:
    """Return a file of a request, or None."""
    found: SupportAttachment | None = (
        SupportAttachment.objects.by_public_id(public_id).filter(message__request_id=request_id).first()
    )
    return found


def waiting() -> int:
    """Return how many requests wait for staff."""
    return int(SupportRequest.objects.filter(state=RequestState.OPEN).count())


def _page(found: QuerySet[SupportRequest], number: int) -> Page[RequestRow]:
    counted = found.select_related("organization").annotate(written=Count("messages"))
    return pages.page_of(counted.order_by("-moved_at", "-pk"), _row, number=number)


def _row(row: SupportRequest) -> RequestRow:
    return RequestRow(
        public_id=row.public_id,
        code=row.code,
        subject=row.subject,
        state=RequestState(row.state),
        author=row.author,
        assigned_name=row.assigned_name,
        organization=row.organization.public_id,
        organization_name=row.organization.name,
        product_name=row.product_name,
        messages=row.__dict__["written"],
        moved_at=row.moved_at,
    )
