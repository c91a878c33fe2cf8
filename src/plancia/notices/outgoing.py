"""
Outgoing mail: written down with the change that causes it, sent afterwards by the worker.

A message is sent at least once. Who sends claims it for a while, speaks to the mail server outside any transaction, and
marks it; killed between the two, it is sent again when the claim has run out, under the same Message-ID. Without
`settings.MAIL_URL` messages are kept and never sent.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from plancia.billing import documents
from plancia.billing.models import Invoice
from plancia.kernel import clock, transaction
from plancia.kernel.rows import Rows
from plancia.notices.composing import Mail
from plancia.notices.models import Message

logger = logging.getLogger(__name__)

SEND, QUEUE = "notices.send", "mail"

#: How long a message belongs to who claimed it.
CLAIM = timedelta(minutes=15)
#: 1, 2, 4 … minutes, then every six hours: about three days in all. Source: RFC 5321, 4.5.4.1.
LONGEST_PAUSE = timedelta(hours=6)
ATTEMPTS = 20
TIMEOUT_SECONDS = 20


class WrittenDownBackend(BaseEmailBackend):
    """What Django's own mail functions write to: a message for each recipient, in the transaction in progress."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        mails = [
            Mail(recipient=recipient, subject=str(message.subject), text=str(message.body), html=_html_of(message))
            for message in email_messages
            for recipient in message.recipients()
        ]
        write_down(mails, at=clock.now())
        return len(email_messages)


@transaction.atomic
def write_down(mails: Sequence[Mail], *, at: datetime) -> None:
    """Write mails in the transaction in progress, with the jobs that send them. What was told before is left out."""
    is_sent = bool(settings.MAIL_URL)
    messages = [
        Message(
            organization_id=mail.organization_id,
            reference=mail.reference,
            sender=settings.DEFAULT_FROM_EMAIL,
            recipients=[mail.recipient],
            subject=mail.subject,
            reply_to=mail.reply_to,
            text=mail.text,
            html=mail.html,
            attachments=[attachment.as_json for attachment in mail.attachments],
            written_at=at,
            due_at=at if is_sent else None,
        )
        for mail in mails
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    if is_sent and messages:
        jobs = [
            Job(queue=QUEUE, lock=None, queueing_lock=None, task_name=SEND, task_kwargs={"message": str(message.pk)})
            for message in messages
        ]
        JobManager(DjangoConnector(alias=transaction.alias())).batch_defer_jobs(jobs)


def send(message_id: UUID, *, at: datetime) -> int:
    """Send one message if it is due. Returns how many were sent."""
    return _send(_claim(Message.objects.filter(pk=message_id), limit=1, at=at), at=at)


def send_due(*, at: datetime, limit: int = 50) -> int:
    """Send what is due, the oldest first, `limit` at a time, until nothing is. Returns how many were sent."""
    sent = 0
    while claimed := _claim(Message.objects.all(), limit=limit, at=at):
        sent += _send(claimed, at=at)
    return sent


def _claim(messages: Rows[Message], *, limit: int, at: datetime) -> list[Message]:
    if not settings.MAIL_URL:
        return []
    with transaction.as_staff(), transaction.atomic():
        due = messages.filter(due_at__lte=at).order_by("due_at", "pk").select_for_update(skip_locked=True)[:limit]
        keys = [message.pk for message in due]
        Message.objects.filter(pk__in=keys).update(due_at=at + CLAIM, attempts=F("attempts") + 1)
        return list(Message.objects.filter(pk__in=keys).order_by("written_at", "pk"))


def _send(claimed: Sequence[Message], *, at: datetime) -> int:
    server = Server.named(settings.MAIL_URL).connection()
    sent = 0
    try:
        for position, message in enumerate(claimed):
            try:
                server.send_messages([_as_email(message)])
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
                _fail([message], str(refused), at=at, is_final=_is_final(refused))
            except (OSError, smtplib.SMTPException) as failure:
                # The server is the trouble, not the message: the others need not knock too.
                _fail(claimed[position:], f"{type(failure).__name__}: {failure}", at=at)
                break
            else:
                with transaction.as_staff():
                    message.mark_sent(at=at)
                sent += 1
    finally:
        _hang_up(server)
    return sent


def _fail(messages: Sequence[Message], error: str, *, at: datetime, is_final: bool = False) -> None:
    logger.warning("%s of mail not sent: %s", len(messages), error)
    with transaction.as_staff(), transaction.atomic():
        for message in messages:
            is_over = is_final or message.attempts >= ATTEMPTS
            message.mark_failed(error=error, again_at=None if is_over else at + pause_after(message.attempts))


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def _is_final(refused: smtplib.SMTPException) -> bool:
    # 5yz: never try this again; 4yz: later perhaps. Source: RFC 5321, 4.2.1.
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in refused.recipients.values())
    return isinstance(refused, smtplib.SMTPResponseException) and refused.smtp_code >= 500


def _as_email(message: Message) -> EmailMessage:
    host = parseaddr(message.sender)[1].rpartition("@")[2] or "localhost"
    email = EmailMultiAlternatives(
        message.subject,
        message.text,
        message.sender,
        message.recipients,
        reply_to=[message.reply_to] if message.reply_to else None,
        headers={
            "Message-ID": f"<{message.public_id}@{host}>",
            "Date": format_datetime(message.written_at),
            "Auto-Submitted": "auto-generated",
        },
    )
    if message.html:
        email.attach_alternative(message.html, "text/html")
    for attachment in message.attachments:
        with transaction.as_staff():
            content = documents.pdf(Invoice.objects.get(pk=attachment["invoice"]))
        email.attach(attachment["name"], content, attachment["type"])
    return email


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that `settings.MAIL_URL` names: `smtp://user:password@host:587?tls=1`, or `smtps://host`."""

    host: str
    port: int
    username: str
    password: str
    is_ssl: bool
    is_upgraded: bool

    @classmethod
    def named(cls, url: str) -> Server:
        parts = urlsplit(url)
        is_ssl = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if is_ssl else 25),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_ssl=is_ssl,
            is_upgraded=not is_ssl and parse_qs(parts.query).get("tls") == ["1"],
        )

    def connection(self) -> smtp.EmailBackend:
        return smtp.EmailBackend(
            host=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_ssl=self.is_ssl,
            use_tls=self.is_upgraded,
            timeout=TIMEOUT_SECONDS,
        )


def _hang_up(server: smtp.EmailBackend) -> None:
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        logger.info("the mail server hung up first")


def _html_of(message: EmailMessage) -> str:
    alternatives: list[Any] = getattr(message, "alternatives", [])
    return next((str(content) for content, kind in alternatives if kind == "text/html"), "")
