"""What messages can be asked. Read as staff: the web may write messages down, and see none."""

from __future__ import annotations

from plancia.kernel.pages import Page, page_of
from plancia.notices.models import Message


def kept(*, page: int) -> Page[Message]:
    """Return the messages, the newest first."""
    return page_of(Message.objects.order_by("-written_at", "-pk"), lambda message: message, number=page)


def message(public_id: str) -> Message | None:
    """Return one message, or None."""
    found: Message | None = Message.objects.by_public_id(public_id).first()
    return found
