"""Incidents: what does not work, told while it lasts, to everybody and to those who asked to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.core import signing
from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.support import events
from plancia.support.models import Incident, IncidentUpdate, StatusSubscriber

_SALT = "plancia.support.status"


class Kind(StrEnum):
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class State(StrEnum):
    """How far an incident is."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _STATES[self]


class IncidentOver(Refusal):
    """What is resolved is over; what breaks again is another incident."""

    code = "incident_over"
    sentence = _("This incident is over. Report another one.")


class SubscriptionLinkWrong(Refusal):
    """A link that we did not make."""

    code = "subscription_link_wrong"
    sentence = _("This link is not complete. Copy the whole link from the mail.")


@dataclass(frozen=True, slots=True)
class UpdateRow:
    state: State
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident with its updates, the latest first."""

    public_id: str
    kind: Kind
    title: str
    types: list[str]
    starts_at: datetime
    ends_at: datetime | None
    resolved_at: datetime | None
    updates: list[UpdateRow]

    @property
    def state(self) -> State:
        return self.updates[0].state

    def is_on(self, at: datetime) -> bool:
        """Say whether it is felt at an instant."""
        return self.resolved_at is None and self.starts_at <= at


@transaction.atomic
def report(
    *,
    kind: Kind,
    title: str,
    text: str,
    types: Sequence[str],
    starts_at: datetime,
    ends_at: datetime | None,
    actor: Actor,
    at: datetime,
) -> Incident:
    """Say that something does not work, or announce maintenance."""
    incident: Incident = Incident.objects.create(
        kind=kind, title=title.strip()[:200], types=list(types), starts_at=starts_at, ends_at=ends_at
    )
    state = State.SCHEDULED if kind is Kind.MAINTENANCE else State.INVESTIGATING
    _tell(incident, state, text, actor=actor, at=at)
    return incident


@transaction.atomic
def update(*, incident_id: UUID, state: State, text: str, actor: Actor, at: datetime) -> Incident:
    """Say what is known now; `resolved` ends it. Raises: IncidentOver."""
    incident: Incident = Incident.objects.locked().get(pk=incident_id)
    if incident.resolved_at:
        raise IncidentOver()
    if state is State.RESOLVED:
        incident.resolved_at = at
        incident.save(update_fields=["resolved_at"])
    _tell(incident, state, text, actor=actor, at=at)
    return incident


def shown(*, at: datetime, days: int = 90) -> list[IncidentRow]:
    """Return what is on, what is announced, and what was in the last days, the newest first. Two queries."""
    found = Incident.objects.filter(starts_at__gt=at - timedelta(days=days)) | Incident.objects.filter(resolved_at=None)
    return [_row(one) for one in _with_updates(found).order_by("-starts_at", "-pk")[:100]]


def incident(public_id: str) -> IncidentRow | None:
    """Return one incident, or None."""
    found = _with_updates(Incident.objects.by_public_id(public_id)).first()
    return _row(found) if found else None


@transaction.atomic
def subscribe(*, email: str, language: str, at: datetime) -> None:
    """Ask to be told by mail. Whether the address is known already shows in the mail alone. Asked as staff."""
    subscriber, _is_new = StatusSubscriber.objects.get_or_create(
        email=email.lower(), defaults={"language": language, "asked_at": at}
    )
    facts.publish(events.StatusAsked(organization_id=None, happened_at=at, subscriber=subscriber.public_id))


@transaction.atomic
def confirm(*, token: str, at: datetime) -> StatusSubscriber:
    """Prove that an address is one's own. Doing it twice is doing it once. Raises: SubscriptionLinkWrong."""
    subscriber = _named(token)
    if subscriber.confirmed_at is None:
        subscriber.confirmed_at = at
        subscriber.save(update_fields=["confirmed_at"])
    return subscriber


@transaction.atomic
def unsubscribe(*, token: str) -> None:
    """Be told no more; the address is forgotten. Raises: SubscriptionLinkWrong."""
    _named(token).delete()


def token(subscriber: StatusSubscriber) -> str:
    """Return what stands in the links to a subscriber."""
    return signing.Signer(salt=_SALT).sign(subscriber.public_id).replace(":", "~")


def _named(token: str) -> StatusSubscriber:
    try:
        public_id = signing.Signer(salt=_SALT).unsign(token.replace("~", ":"))
    except signing.BadSignature:
        raise SubscriptionLinkWrong() from None
    key = ids.parse(StatusSubscriber.prefix, public_id)
    found: StatusSubscriber | None = StatusSubscriber.objects.filter(pk=key).first() if key else None
    if found is None:
        raise SubscriptionLinkWrong()
    return found


def _tell(incident: Incident, state: State, text: str, *, actor: Actor, at: datetime) -> None:
    written: IncidentUpdate = IncidentUpdate.objects.create(
        incident=incident, state=state, text=text.strip(), author=actor.label, written_at=at
    )
    facts.publish(
        events.IncidentTold(organization_id=None, happened_at=at, incident=incident.public_id, update=written.public_id)
    )


def _with_updates(found: QuerySet[Incident]) -> QuerySet[Incident]:
    return found.prefetch_related(Prefetch("updates", IncidentUpdate.objects.order_by("-written_at", "-pk")))


def _row(row: Incident) -> IncidentRow:
    return IncidentRow(
        public_id=row.public_id,
        kind=Kind(row.kind),
        title=row.title,
        types=list(row.types),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        resolved_at=row.resolved_at,
        updates=[UpdateRow(State(one.state), one.text, one.written_at) for one in row.updates.all()],
    )


_STATES = {
    State.INVESTIGATING: pgettext_lazy("incident", "We are looking into it"),
    State.IDENTIFIED: pgettext_lazy("incident", "Cause found"),
    State.SCHEDULED: pgettext_lazy("incident", "Announced"),
    State.IN_PROGRESS: pgettext_lazy("incident", "Under way"),
    State.RESOLVED: pgettext_lazy("incident", "Over"),
}
