"""All invoices of an organization by mail, before it goes: as one archive, by a link that lives for a while."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from plancia.billing import archives
from plancia.billing.models import Archive
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.leaving import events
from plancia.outbox import facts

_FIRST = date(2000, 1, 1)


@transaction.atomic
def send(*, organization_id: UUID, email: str, language: str, actor: Actor, at: datetime) -> Archive:
    """
    Have all documents packed, and send a link to them.

    Raises: NothingToArchive.
    """
    archive = archives.ask(organization_id=organization_id, first_on=_FIRST, last_on=at.date(), actor=actor, at=at)
    facts.publish(
        events.InvoicesSent(
            organization_id=organization_id,
            happened_at=at,
            archive=archive.public_id,
            email=email,
            language=language,
        )
    )
    return archive
