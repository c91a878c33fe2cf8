"""
Offering: choosing products, looking at what would move, and a link whose holder takes them for an organization of hers.

The link is signed, works once, and ends with the offer. What moves is decided again when it moves (`moving`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses
from plancia.accounts.models import User
from plancia.audit import trail
from plancia.handover import events, moving
from plancia.handover.models import Handover
from plancia.handover.moving import Line
from plancia.kernel import clock, ids, tenancy, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations.access import Access
from plancia.organizations.models import Organization
from plancia.organizations.roles import Permission
from plancia.outbox import facts


class NothingToHandOver(Refusal):
    """An offer of no product."""

    code = "nothing_to_hand_over"
    sentence = _("Please choose at least one product.")


class NotTransferable(Refusal):
    """Something stands in the way of a product's transfer; the report says what."""

    code = "not_transferable"
    sentence = _("%(name)s cannot be transferred now: %(reason)s")


class HandoverUnknown(Refusal):
    """A link that was cut or made up."""

    code = "handover_unknown"
    sentence = _("This link is not valid.")


class HandoverUsed(Refusal):
    """An offer is accepted once."""

    code = "handover_used"
    sentence = _("This transfer has been accepted already.")


class HandoverCancelled(Refusal):
    """Who offered has thought better of it."""

    code = "handover_cancelled"
    sentence = _("This transfer was taken back.")


class HandoverExpired(Refusal):
    """An offer counts for some days only."""

    code = "handover_expired"
    sentence = _("This transfer has expired. Ask who offered it to do so again.")


class SameOrganization(Refusal):
    """Products are handed to another organization."""

    code = "same_organization"
    sentence = _("The products are in this organization already. Please choose another one.")
    field = "receiver"


class OtherCurrency(Refusal):
    """A product renews in its own currency."""

    code = "other_currency"
    sentence = _("These products are billed in %(present)s; documents of %(name)s are in %(wanted)s.")
    field = "receiver"


class MayNotReceive(Refusal):
    """Taking products over is for those who may transfer them."""

    code = "may_not_receive"
    sentence = _("Your role in %(name)s does not include taking products over.")
    field = "receiver"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link shows: the offer, who offers, and what would move."""

    handover: Handover
    giver: str
    lines: list[Line]


@transaction.atomic
def offer(
    *, organization_id: UUID, subscription_ids: Sequence[UUID], email: str, language: str, actor: Actor, at: datetime
) -> Handover:
    """
    Offer products to whoever has the link; it goes to `email`, where one is given.

    Raises: NothingToHandOver; NotTransferable; AddressUndeliverable.
    Source: SPEC 2.10; docs/decisions/0060-time-moves-and-books-stay.md
    """
    Organization.objects.locked().get(pk=organization_id)
    address = addresses.tidy(email) if email.strip() else ""
    lines = moving.report(organization_id, subscription_ids, at=at)
    if not lines:
        raise NothingToHandOver()
    _require_free(lines)

    handover: Handover = Handover.objects.create(
        organization_id=organization_id,
        subscriptions=[str(line.id) for line in lines],
        email=address,
        language=language,
        offered_by=actor.label,
        offered_at=at,
        expires_at=at + clock.days(settings.HANDOVER_DAYS),
    )
    _record(actor, "transfer.offered", handover, at=at, products=[line.name for line in lines], email=address)
    facts.publish(events.HandoverOffered(organization_id=organization_id, happened_at=at, handover=handover.public_id))
    return handover


@transaction.atomic
def cancel(*, handover_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Take an offer back; its link says so.

    Raises: HandoverUsed; HandoverCancelled.
    """
    handover: Handover = Handover.objects.locked().get(pk=handover_id)
    _require_open(handover)
    handover.mark_cancelled(at=at)
    _record(actor, "transfer.cancelled", handover, at=at)


def token(handover: Handover) -> str:
    """Return what stands in the link."""
    return signing.Signer(sep=".", salt="plancia.handover").sign(handover.public_id)


@transaction.atomic
def look(*, token: str, at: datetime) -> Opened:
    """
    Return what a link offers, while it can be accepted.

    Raises: HandoverUnknown; HandoverUsed; HandoverCancelled; HandoverExpired.
    """
    handover = _shown(token)
    with tenancy.within(handover.organization_id):
        _require_acceptable(handover, at=at)
        giver = Organization.objects.get(pk=handover.organization_id)
        return Opened(handover, giver.name, moving.report(giver.pk, _keys(handover), at=at))


@transaction.atomic
def accept(*, token: str, receiver: Access, user: User, actor: Actor, at: datetime) -> Handover:
    """
    Take the products for an organization; they move a moment later, without any interruption.

    Raises: what `look` does; MayNotReceive; SameOrganization; OtherCurrency; NotTransferable.
    """
    shown = _shown(token)
    if not receiver.may(Permission.TRANSFER_PRODUCTS):
        raise MayNotReceive(name=receiver.organization.name)
    if shown.organization_id == receiver.organization.pk:
        raise SameOrganization()
    with tenancy.within(shown.organization_id):
        handover: Handover = Handover.objects.locked().get(pk=shown.pk)
        _require_acceptable(handover, at=at)
        lines = moving.report(handover.organization_id, _keys(handover), at=at)
        _require_free(lines)
        if others := {line.currency for line in lines} - {receiver.organization.currency}:
            raise OtherCurrency(
                present=", ".join(sorted(others)),
                name=receiver.organization.name,
                wanted=receiver.organization.currency,
            )
        handover.mark_accepted(receiver_id=receiver.organization.pk, user_id=user.pk, at=at)
        _record(actor, "transfer.accepted", handover, at=at, by=user.email, receiver=receiver.organization.name)
        facts.publish(
            events.HandoverAccepted(
                organization_id=handover.organization_id, happened_at=at, handover=handover.public_id
            )
        )
        return handover


def _keys(handover: Handover) -> list[UUID]:
    return [UUID(key) for key in handover.subscriptions]


def _shown(text: str) -> Handover:
    try:
        key = ids.parse(Handover.prefix, signing.Signer(sep=".", salt="plancia.handover").unsign(text))
    except signing.BadSignature:
        key = None
    if key is None:
        raise HandoverUnknown()
    tenancy.show(key)
    handover: Handover | None = Handover.objects.filter(pk=key).first()
    if handover is None:
        raise HandoverUnknown()
    return handover


def _require_open(handover: Handover) -> None:
    if handover.accepted_at:
        raise HandoverUsed()
    if handover.cancelled_at:
        raise HandoverCancelled()


def _require_acceptable(handover: Handover, *, at: datetime) -> None:
    _require_open(handover)
    if handover.expires_at <= at:
        raise HandoverExpired()


def _require_free(lines: Sequence[Line]) -> None:
    for line in lines:
        if line.obstacle:
            raise NotTransferable(name=line.name, reason=line.obstacle)


def _record(actor: Actor, action: str, handover: Handover, *, at: datetime, **details: object) -> None:
    trail.record(actor, action, handover.public_id, organization_id=handover.organization_id, at=at, **details)
