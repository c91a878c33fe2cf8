"""What the tests of support do: ask, and let facts be told."""

from __future__ import annotations

from plancia.accounts.models import User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.support import requests
from plancia.support.models import SupportRequest
from tests.people import MORNING


def actor(user: User) -> Actor:
    return Actor(ActorKind.USER, user.name, user_id=user.pk)


def ask(organization: Organization, user: User, *, text: str = "The site is slow.", files=(), at=MORNING):
    """Open a request, as the web does."""
    with transaction.as_staff(), facts.told_by_caller():
        made: SupportRequest = requests.open_(
            organization_id=organization.pk,
            subject="Slow site",
            text=text,
            files=files,
            user_id=user.pk,
            email=user.email,
            language="en",
            actor=actor(user),
            at=at,
        )
        delivery.tell_untold(at=at)
    return made


def tell(*, at=MORNING) -> None:
    with transaction.as_staff(), facts.told_by_caller():
        delivery.tell_untold(at=at)
