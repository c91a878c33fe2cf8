"""Mail about support and status: answers that can be replied to, and news of incidents. Source: SPEC 8.3, 8.4."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from plancia.accounts.models import User
from plancia.notices import composing, outgoing
from plancia.organizations.queries import Recipient
from plancia.outbox.facts import handles
from plancia.support import incidents, incoming
from plancia.support.events import IncidentTold, RequestAnswered, RequestContinued, RequestOpened, StatusAsked
from plancia.support.incidents import State
from plancia.support.models import Incident, IncidentUpdate, StatusSubscriber, SupportMessage, SupportRequest


@handles(RequestOpened)
def request_opened(event: RequestOpened, *, at: datetime) -> None:
    """Say that a request came, and its code."""
    request = _request(event.request)
    _tell(request, "support_opened", about=event.request, context={}, at=at)


@handles(RequestAnswered)
def request_answered(event: RequestAnswered, *, at: datetime) -> None:
    """Send an answer, which can be replied to."""
    request, message = _request(event.request), _message(event.message)
    _tell(request, "support_answered", about=event.message, context={"message": message}, at=at)


@handles(RequestContinued)
def request_continued(event: RequestContinued, *, at: datetime) -> None:
    """Tell whoever answers a request that the customer wrote again."""
    request, message = _request(event.request), _message(event.message)
    who = User.objects.filter(pk=request.assigned_to, is_active=True).first() if request.assigned_to else None
    if who is None:
        return
    context = {
        "request": request,
        "message": message,
        "mark": incoming.MARK,
        "url": settings.BASE_URL + reverse("staff-request", kwargs={"srq": request.public_id}),
    }
    recipient = Recipient(who.email, who.name, who.language)
    mail = composing.compose(
        "support_continued", recipient, context, about=event.message, reply_to=incoming.reply_address(request)
    )
    outgoing.write_down([mail], at=at)


@handles(IncidentTold)
def incident_told(event: IncidentTold, *, at: datetime) -> None:
    """Tell whoever asked for it what is known of an incident."""
    told: IncidentUpdate = IncidentUpdate.objects.select_related("incident").by_public_id(event.update).get()
    incident: Incident = told.incident
    mails = []
    for one in StatusSubscriber.objects.filter(confirmed_at__isnull=False).order_by("pk").iterator():
        with translation.override(one.language):
            state = str(State(told.state).label)
        context: dict[str, Any] = {
            "title": incident.title,
            "state": state,
            "text": told.text,
            "url": settings.BASE_URL + reverse("status-incident", kwargs={"inc": incident.public_id}),
            "end_url": _subscription(one),
        }
        recipient = Recipient(one.email, one.email, one.language)
        mails.append(composing.compose("incident_told", recipient, context, about=event.update))
    outgoing.write_down(mails, at=at)


@handles(StatusAsked)
def status_asked(event: StatusAsked, *, at: datetime) -> None:
    """Send the link that proves an address."""
    one = StatusSubscriber.objects.by_public_id(event.subscriber).first()
    if one:
        recipient = Recipient(one.email, one.email, one.language)
        about = f"{event.subscriber}:{event.happened_at:%Y%m%d%H}"
        mail = composing.compose("status_asked", recipient, {"url": _subscription(one)}, about=about)
        outgoing.write_down([mail], at=at)


def _tell(request: SupportRequest, name: str, *, about: str, context: dict[str, Any], at: datetime) -> None:
    page = reverse("support-request", kwargs={"org": request.organization.public_id, "srq": request.public_id})
    mail = composing.compose(
        name,
        Recipient(request.email, request.author, request.language),
        {
            **context,
            "request": request,
            "mark": incoming.MARK,
            "organization": request.organization.name,
            "url": settings.BASE_URL + page,
        },
        organization_id=request.organization_id,
        about=about,
        reply_to=incoming.reply_address(request),
    )
    outgoing.write_down([mail], at=at)


def _subscription(one: StatusSubscriber) -> str:
    return str(settings.BASE_URL) + reverse("status-subscription", kwargs={"token": incidents.token(one)})


def _request(public_id: str) -> SupportRequest:
    found: SupportRequest = SupportRequest.objects.select_related("organization").by_public_id(public_id).get()
    return found


def _message(public_id: str) -> SupportMessage:
    found: SupportMessage = SupportMessage.objects.by_public_id(public_id).get()
    return found
