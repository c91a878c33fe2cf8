"""What the tests of leaving do: ask, use links, and let days pass as the timetable does."""

from __future__ import annotations

from datetime import datetime

from plancia.accounts.models import User
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.leaving import cancelling, tokens
from plancia.leaving.models import CancellationRequest
from plancia.notices.models import Message
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.provisioning import reconciling
from plancia.subscriptions import suspension
from plancia.subscriptions.cancellation import When
from plancia.subscriptions.models import Subscription


def actor(user: User) -> Actor:
    return Actor(ActorKind.USER, user.name, user_id=user.pk)


def ask(
    organization: Organization,
    user: User,
    *held: Subscription,
    when: When = When.END_OF_TERM,
    at: datetime,
    cause: str = "",
    comment: str = "",
) -> CancellationRequest:
    """Ask to give products up, as the web does."""
    with transaction.as_staff(), facts.told_by_caller():
        asked = cancelling.request(
            organization_id=organization.pk,
            subscription_ids=[one.pk for one in held],
            when=when,
            cause=cause,
            comment=comment,
            email=user.email,
            language="en",
            actor=actor(user),
            at=at,
        )
        delivery.tell_untold(at=at)
    return asked


def confirm(asked: CancellationRequest, *, at: datetime) -> CancellationRequest:
    """Use the link."""
    with transaction.as_staff(), facts.told_by_caller():
        done = cancelling.confirm(token=tokens.issue(asked), ip="192.0.2.7", at=at)
        delivery.tell_untold(at=at)
    return done


def night(*, at: datetime) -> None:
    """Do what the timetable does: chase, enforce, reconcile, tell."""
    with transaction.as_staff(), facts.told_by_caller():
        cancelling.chase(at=at)
        suspension.enforce(at=at)
        delivery.tell_untold(at=at)
        while reconciling.reconcile_due(at=at):
            pass
        delivery.tell_untold(at=at)


def mails(to: str = "") -> list[str]:
    """Return the subjects of the mails of this kind of trouble, the oldest first."""
    with transaction.as_staff():
        found = Message.objects.order_by("written_at", "pk")
        return [one.subject for one in found if not to or to in one.recipients]


def unknown_token() -> str:
    return f"{ids.public(CancellationRequest.prefix, ids.new())}~forged"
