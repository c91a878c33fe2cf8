"""
Composing: what a mail says, in the recipient's language.

A mail is a folder of three files in `templates/notices/`: `subject.txt`, `text.txt` and `body.html`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template import Context, engines
from django.template.backends.django import DjangoTemplates
from django.utils import translation

from plancia.billing import parties
from plancia.organizations.queries import Recipient


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that is rendered when the mail is sent: an invoice, by its key."""

    name: str
    invoice: UUID

    @property
    def as_json(self) -> dict[str, str]:
        """What is kept with the message."""
        return {"name": self.name, "type": "application/pdf", "invoice": str(self.invoice)}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person, ready to be written down."""

    recipient: str
    subject: str
    text: str
    html: str = ""
    organization_id: UUID | None = None
    reference: str | None = None
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()


def compose(
    name: str,
    recipient: Recipient,
    context: Mapping[str, Any],
    *,
    organization_id: UUID | None = None,
    about: str = "",
    attachments: Sequence[Attachment] = (),
    reply_to: str = "",
) -> Mail:
    """
    Return the mail called `name` to `recipient`.

    `about` is the public id of what it tells; with it, the same person is told the same thing once.
    """
    seller = parties.seller()
    words = {
        **context,
        "base_url": settings.BASE_URL,
        "brand": seller.name,
        "accent": seller.accent,
        "language": recipient.language,
        "recipient": recipient,
    }
    with translation.override(recipient.language):
        subject, text = (_plain(f"notices/{name}/{part}.txt", words) for part in ("subject", "text"))
        html = engines["django"].get_template(f"notices/{name}/body.html").render(words)
    return Mail(
        recipient=recipient.email,
        subject=" ".join(subject.split()),
        text=text.strip() + "\n",
        html=html,
        organization_id=organization_id,
        reference=f"{name}:{about}:{recipient.email.lower()}" if about else None,
        attachments=tuple(attachments),
        reply_to=reply_to,
    )


def _plain(template: str, words: Mapping[str, Any]) -> str:
    # Text is not HTML: an apostrophe in a name stays an apostrophe.
    engine = engines["django"]
    assert isinstance(engine, DjangoTemplates)
    return engine.engine.get_template(template).render(Context(dict(words), autoescape=False))
