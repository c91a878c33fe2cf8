"""
Export: all that we keep about a person, as an archive that a job makes part by part.

What programs can read is JSON; what is a document is as it was: the invoices of organizations that are the person
herself, and the files that she sent to support. Source: GDPR, art. 15 and 20.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from plancia.accounts import activity, api_tokens, application_passwords, second_factor
from plancia.accounts.activity import Action
from plancia.accounts.models import Activity, Export, User
from plancia.audit.models import Entry
from plancia.billing import documents
from plancia.billing.models import Invoice
from plancia.federation import consents
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.mailboxes import queries as mailboxes
from plancia.organizations import queries as organizations
from plancia.organizations.models import Membership
from plancia.organizations.roles import Role
from plancia.organizations.states import Kind
from plancia.support.models import Feedback, SupportAttachment, SupportRequest

MAKE, QUEUE = "leaving.make_export", "exports"
#: An archive can be fetched for so long.
KEPT_FOR = timedelta(days=7)


@transaction.atomic
def ask(*, user_id: UUID, actor: Actor, agent: str, at: datetime) -> Export:
    """Begin an archive; one that is being made, or was made of late, serves again."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    found = latest(user, at=at)
    if found and (found.made_at is None or at - found.made_at < timedelta(hours=1)):
        return found
    export: Export = Export.objects.create(
        user=user, asked_at=at, parts=len(PARTS) + len(_documents(user)), expires_at=at + KEPT_FOR
    )
    activity.record(user, Action.EXPORT_ASKED, actor=actor, agent=agent, at=at)
    job = Job(queue=QUEUE, lock=None, queueing_lock=None, task_name=MAKE, task_kwargs={"export": str(export.pk)})
    JobManager(DjangoConnector(alias=transaction.alias())).batch_defer_jobs([job])
    return export


def latest(user: User, *, at: datetime) -> Export | None:
    """Return the newest archive that can be fetched, or is being made."""
    found: Export | None = (
        Export.objects.filter(user=user, expires_at__gt=at).defer("archive").order_by("-asked_at", "-pk").first()
    )
    return found


def make(export_id: UUID, *, at: datetime) -> None:
    """Make an archive part by part; each is counted as it is done, so that the page can show how far it is."""
    with transaction.as_staff():
        export = Export.objects.select_related("user").get(pk=export_id)
        if export.made_at:
            return
        content = io.BytesIO()
        files: dict[str, Callable[[], bytes]] = {
            **{f"{name}.json": partial(_json, part, export.user, at) for name, part in PARTS.items()},
            **_documents(export.user),
        }
        # What came since she asked is in it, too.
        Export.objects.filter(pk=export.pk).update(parts=len(files), done=0)
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (name, file) in enumerate(files.items(), 1):
                with transaction.atomic():
                    archive.writestr(name, file())
                    Export.objects.filter(pk=export.pk).update(done=number)
        Export.objects.filter(pk=export.pk, made_at=None).update(archive=content.getvalue(), made_at=at)


def _person(user: User, at: datetime) -> dict[str, Any]:
    return {
        "id": user.public_id,
        "login_email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "language": user.language,
        "recovery_email": user.recovery_email,
        "recovery_phone": user.recovery_phone,
        "joined_at": user.joined_at,
        "second_factor": second_factor.of(user.pk).is_on,
    }


def _activity(user: User, at: datetime) -> list[dict[str, Any]]:
    found = Activity.objects.filter(user=user).order_by("at", "pk")
    return [
        {"at": one.at, "action": one.action, "ip": one.ip, "agent": one.agent, "details": one.details}
        for one in found.iterator(chunk_size=1000)
    ]


def _organizations(user: User, at: datetime) -> list[dict[str, Any]]:
    rows = organizations.organizations_of(user.pk)
    return [{"id": row.public_id, "name": row.name, "role": row.role.value} for row in rows]


def _mailboxes(user: User, at: datetime) -> list[dict[str, Any]]:
    return [{"address": row.address, "created_at": row.created_at} for row in mailboxes.of_user(user)]


def _applications(user: User, at: datetime) -> dict[str, Any]:
    return {
        "application_passwords": [
            {"name": row.name, "created_at": row.created_at, "last_used_at": row.last_used_at}
            for row in application_passwords.of(user.pk)
        ],
        "api_tokens": [
            {"name": row.name, "scopes": row.scopes, "created_at": row.created_at, "expires_at": row.expires_at}
            for row in api_tokens.of(user.pk, at=at)
        ],
        "apps": [{"name": row.name, "since": row.given_at} for row in consents.of(user)],
    }


def _requests(user: User, at: datetime) -> list[dict[str, Any]]:
    found = SupportRequest.objects.filter(user_id=user.pk).prefetch_related("messages").order_by("opened_at", "pk")
    return [
        {
            "code": one.code,
            "subject": one.subject,
            "product": one.product_name,
            "opened_at": one.opened_at,
            "messages": [
                {"at": said.written_at, "author": said.author, "text": said.text}
                for said in sorted(one.messages.all(), key=lambda said: (said.written_at, said.pk))
            ],
        }
        for one in found
    ]


def _feedback(user: User, at: datetime) -> list[dict[str, Any]]:
    found = Feedback.objects.filter(user_id=user.pk).order_by("given_at", "pk")
    return [{"at": one.given_at, "about": one.occasion, "cause": one.cause, "words": one.comment} for one in found]


def _deeds(user: User, at: datetime) -> list[dict[str, Any]]:
    found = Entry.objects.filter(actor_user_id=user.pk).order_by("at", "pk")
    return [
        {"at": one.at, "action": one.action, "subject": one.subject, "ip": one.ip, "details": one.details}
        for one in found.iterator(chunk_size=1000)
    ]


def _documents(user: User) -> dict[str, Callable[[], bytes]]:
    """What of the archive is no JSON: the file's name, and what makes it."""
    with transaction.as_staff():
        herself = Membership.objects.filter(user=user, role=Role.OWNER, organization__kind=Kind.PERSON)
        invoices = Invoice.objects.filter(organization__in=herself.values("organization")).order_by("issued_on", "pk")
        sent = SupportAttachment.objects.filter(message__request__user_id=user.pk, message__is_staff=False)
        return {
            **{
                f"documents/{number}.pdf": partial(_invoice, key)
                for key, number in invoices.values_list("pk", "number")
            },
            **{
                # Two files may have one name.
                f"sent/{file.public_id}-{file.name.replace('/', '_')}": partial(_attachment, file.pk)
                for file in sent.defer("content").order_by("pk")
            },
        }


def _invoice(key: UUID) -> bytes:
    return documents.pdf(Invoice.objects.select_related("organization", "corrects").get(pk=key))


def _attachment(key: UUID) -> bytes:
    return bytes(SupportAttachment.objects.values_list("content", flat=True).get(pk=key))


def _json(part: Callable[[User, datetime], Any], user: User, at: datetime) -> bytes:
    return json.dumps(part(user, at), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode()


#: The parts of an archive: the file's name, and who fills it.
PARTS: dict[str, Callable[[User, datetime], Any]] = {
    "person": _person,
    "organizations": _organizations,
    "mailboxes": _mailboxes,
    "applications": _applications,
    "activity": _activity,
    "requests": _requests,
    "feedback": _feedback,
    "log": _deeds,
}
