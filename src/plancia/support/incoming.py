"""
Incoming mail: a reply continues its request, a new mail of a member opens one. Machines are not answered.

The address of a reply names its request and carries a mark that we alone can make, so that nobody writes into somebody
else's request by guessing. Source: RFC 3834 (automatic responses), RFC 5233 (subaddressing).
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from enum import StrEnum
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError

from plancia.accounts.models import User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Membership
from plancia.support import attachments, requests
from plancia.support.attachments import AttachmentRefused
from plancia.support.models import SupportMessage, SupportRequest

#: In mails that may be answered, everything from here on is not part of the answer.
MARK = "----- ✂ -----"
LARGEST_BYTES = 30_000_000
#: So many mails within the hour into one request are a loop.
MOST_AN_HOUR = 20
_QUOTED = re.compile(r"^\s*>|^(On|Il|Le|Am|El)\b.{0,200}(wrote|scritto|écrit|schrieb|escribió)\s*:\s*$")
_TAG = re.compile(r"<(br|/p|/div|/tr|/li)\b[^>]*>", re.IGNORECASE)


class Outcome(StrEnum):
    """What became of a mail."""

    CONTINUED = "continued"
    OPENED = "opened"
    REPEATED = "repeated"
    AUTOMATIC = "automatic"
    LOOP = "loop"
    UNKNOWN_SENDER = "unknown_sender"
    EMPTY = "empty"
    REFUSED = "refused"

    @property
    def is_taken(self) -> bool:
        """Whether the server that brings it may forget it. Others are told that it was not taken."""
        return self not in (Outcome.UNKNOWN_SENDER, Outcome.EMPTY, Outcome.REFUSED)


def reply_address(request: SupportRequest) -> str:
    """Return the address that answers to a request go to."""
    local, _at, host = parseaddr(settings.SUPPORT_ADDRESS)[1].rpartition("@")
    return f"{local}+{request.public_id}-{_mark(request.public_id)}@{host}"


def receive(raw: bytes, *, recipient: str, sender: str, at: datetime) -> Outcome:
    """
    Take one mail, as staff. `sender` is that of the envelope: empty for what machines send about mail.

    A mail that comes again changes nothing.
    """
    mail = message_from_bytes(raw[:LARGEST_BYTES], policy=policy.default)
    assert isinstance(mail, EmailMessage)
    if not sender or _is_automatic(mail):
        return Outcome.AUTOMATIC
    mail_id = str(mail.get("Message-ID", "")).strip()[:500] or sha256(raw).hexdigest()
    with transaction.as_staff():
        if SupportMessage.objects.filter(mail_id=mail_id).exists():
            return Outcome.REPEATED
        text = answer_in(mail)
        if not text:
            return Outcome.EMPTY
        try:
            return _take(mail, text, mail_id, recipient=recipient, at=at)
        except IntegrityError:
            # Two servers brought the same mail at once.
            return Outcome.REPEATED
        except Refusal:
            return Outcome.REFUSED


@transaction.atomic
def _take(mail: EmailMessage, text: str, mail_id: str, *, recipient: str, at: datetime) -> Outcome:
    author = parseaddr(str(mail.get("From", "")))[1]
    user = User.objects.filter(email__iexact=author, is_active=True).first() if author else None
    if user is None:
        return Outcome.UNKNOWN_SENDER
    actor = Actor(ActorKind.STAFF if user.is_staff else ActorKind.USER, user.name, user_id=user.pk)
    files, text = _files(mail, text)
    request = _named(recipient)
    if request:
        is_member = Membership.objects.filter(organization=request.organization_id, user=user).exists()
        if not (user.is_staff or is_member):
            return Outcome.UNKNOWN_SENDER
        recent = request.messages.filter(mail_id__isnull=False, written_at__gt=at - timedelta(hours=1))
        if recent.count() >= MOST_AN_HOUR:
            return Outcome.LOOP
        requests.write(
            request_id=request.pk,
            text=text,
            files=files,
            actor=actor,
            is_staff=user.is_staff and not is_member,
            mail_id=mail_id,
            at=at,
        )
        return Outcome.CONTINUED
    membership = Membership.objects.filter(user=user).order_by("joined_at", "pk").first()
    if membership is None:
        return Outcome.UNKNOWN_SENDER
    mine = SupportRequest.objects.filter(user_id=user.pk, opened_at__gt=at - timedelta(hours=1))
    if mine.count() >= MOST_AN_HOUR:
        return Outcome.LOOP
    requests.open_(
        organization_id=membership.organization_id,
        subject=str(mail.get("Subject", "")),
        text=text,
        user_id=user.pk,
        email=user.email,
        language=user.language,
        files=files,
        mail_id=mail_id,
        actor=actor,
        at=at,
    )
    return Outcome.OPENED


def answer_in(mail: EmailMessage) -> str:
    """Return what somebody wrote, without what she quotes."""
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        text = str(body.get_content())
    except (LookupError, UnicodeDecodeError, KeyError):
        payload = body.get_payload(decode=True)
        text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if body.get_content_subtype() == "html":
        text = re.sub(r"(?is)<(style|script).*?</\1>|<[^>]+>", "", _TAG.sub("\n", text))
    kept: list[str] = []
    for line in text.replace("\0", "").split(MARK)[0].splitlines():
        if line.rstrip() == "--" or _QUOTED.match(line):
            if line.lstrip().startswith(">"):
                continue
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _files(mail: EmailMessage, text: str) -> tuple[list[tuple[str, bytes]], str]:
    """The files that may come with it; of the others the text says that they were left out."""
    taken: list[tuple[str, bytes]] = []
    for part in mail.iter_attachments():
        name, content = part.get_filename() or "file", part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        try:
            attachments.check([*taken, (name, content)])
        except AttachmentRefused:
            text += f"\n\n[– {name}]"
        else:
            taken.append((name, content))
    return taken, text


def _is_automatic(mail: EmailMessage) -> bool:
    submitted = str(mail.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    author = parseaddr(str(mail.get("From", "")))[1].lower()
    ours = {parseaddr(address)[1].lower() for address in (settings.SUPPORT_ADDRESS, settings.DEFAULT_FROM_EMAIL)}
    return (
        submitted != "no"
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or any(mail.get(header) for header in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Loop"))
        or author in ours
        or author.partition("@")[0] in {"mailer-daemon", "postmaster", "noreply", "no-reply"}
    )


def _named(recipient: str) -> SupportRequest | None:
    found = re.search(r"\+(srq_[0-9a-z]{26})-([0-9a-f]{10})@", recipient.lower())
    if not found or not hmac.compare_digest(found[2], _mark(found[1])):
        return None
    request: SupportRequest | None = SupportRequest.objects.by_public_id(found[1]).first()
    return request


def _mark(public_id: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"support:{public_id}".encode(), sha256).hexdigest()[:10]
