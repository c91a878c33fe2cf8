"""Requests: a customer asks, staff answer, until nobody waits any more. Source: SPEC 8.4."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.support import attachments, events
from plancia.support.models import SupportAttachment, SupportMessage, SupportRequest
from plancia.support.states import RequestState

LONGEST = 20_000
#: Letters and digits that nobody mistakes for one another when they are read aloud.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class NothingWritten(Refusal):
    """A message says something."""

    code = "nothing_written"
    sentence = _("Write your message first.")
    field = "text"


@transaction.atomic
def open_(
    *,
    organization_id: UUID,
    subject: str,
    text: str,
    user_id: UUID,
    email: str,
    language: str,
    actor: Actor,
    at: datetime,
    product: str = "",
    product_name: str = "",
    page: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    mail_id: str | None = None,
) -> SupportRequest:
    """
    Ask for help.

    Raises: NothingWritten; AttachmentRefused.
    """
    request: SupportRequest = SupportRequest.objects.create(
        organization_id=organization_id,
        code=new_code(),
        subject=" ".join(subject.split())[:200] or "–",
        product=product,
        product_name=product_name,
        page=page[:500],
        user_id=user_id,
        author=actor.label,
        email=email,
        language=language,
        opened_at=at,
        moved_at=at,
    )
    _write(request, text, files, actor=actor, is_staff=False, mail_id=mail_id, at=at)
    trail.record(
        actor,
        "support.request_opened",
        request.public_id,
        organization_id=organization_id,
        at=at,
        code=request.code,
        title=request.subject,
    )
    facts.publish(events.RequestOpened(organization_id=organization_id, happened_at=at, request=request.public_id))
    return request


@transaction.atomic
def write(
    *,
    request_id: UUID,
    text: str,
    actor: Actor,
    at: datetime,
    is_staff: bool = False,
    files: Sequence[tuple[str, bytes]] = (),
    mail_id: str | None = None,
) -> SupportMessage:
    """
    Go on in a request: it then waits for the other side. A closed one is opened again.

    Raises: NothingWritten; AttachmentRefused.
    """
    request: SupportRequest = SupportRequest.objects.locked().get(pk=request_id)
    message = _write(request, text, files, actor=actor, is_staff=is_staff, mail_id=mail_id, at=at)
    if is_staff and request.assigned_to is None and actor.user_id:
        request.assign(actor.user_id, actor.label)
    request.move(RequestState.ANSWERED if is_staff else RequestState.OPEN, at=at)
    happened = events.RequestAnswered if is_staff else events.RequestContinued
    facts.publish(
        happened(
            organization_id=request.organization_id,
            happened_at=at,
            request=request.public_id,
            message=message.public_id,
        )
    )
    return message


@transaction.atomic
def close(*, request_id: UUID, actor: Actor, at: datetime) -> SupportRequest:
    """
    Say that nobody waits any more. Raises: MoveRefused, where it is closed.
    """
    request: SupportRequest = SupportRequest.objects.locked().get(pk=request_id)
    request.move(RequestState.CLOSED, at=at)
    trail.record(actor, "support.request_closed", request.public_id, organization_id=request.organization_id, at=at)
    return request


@transaction.atomic
def assign(*, request_id: UUID, user_id: UUID | None, name: str) -> SupportRequest:
    """Let somebody of staff answer a request; nobody, where `user_id` is None."""
    request: SupportRequest = SupportRequest.objects.locked().get(pk=request_id)
    request.assign(user_id, name if user_id else "")
    return request


def new_code() -> str:
    """Return a code to say on the telephone: “K7QF-2M9D”."""
    letters = [secrets.choice(_ALPHABET) for _place in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def _write(
    request: SupportRequest,
    text: str,
    files: Sequence[tuple[str, bytes]],
    *,
    actor: Actor,
    is_staff: bool,
    mail_id: str | None,
    at: datetime,
) -> SupportMessage:
    if not text.strip():
        raise NothingWritten()
    checked = attachments.check(files)
    message: SupportMessage = SupportMessage.objects.create(
        organization_id=request.organization_id,
        request=request,
        is_staff=is_staff,
        author=actor.label,
        text=text.strip()[:LONGEST],
        mail_id=mail_id,
        written_at=at,
    )
    SupportAttachment.objects.bulk_create(
        SupportAttachment(
            organization_id=request.organization_id,
            message=message,
            name=file.name,
            content_type=file.content_type,
            size_bytes=len(file.content),
            content=file.content,
        )
        for file in checked
    )
    return message
