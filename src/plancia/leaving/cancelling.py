"""
Cancelling: from a wish to the end of products, one way for all types.

Nothing happens until the link in the confirmation mail is used, except where the law forbids to ask for it. The end
itself is `subscriptions.cancellation`; this is about who wants it, and whether she means it.
Source: SPEC 7.1, docs/decisions/0086-cancelling-by-mail.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import clock, tenancy, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.leaving import events, law, tokens
from plancia.leaving.models import CancellationRequest, CancellationRequestItem
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import cancellation, renewal
from plancia.subscriptions.cancellation import NotCancellable, When
from plancia.subscriptions.models import Subscription
from plancia.support import feedback
from plancia.support.feedback import Occasion


class NothingToCancel(Refusal):
    """A cancellation is about at least one product."""

    code = "nothing_to_cancel"
    sentence = _("Choose at least one product.")


class CancellationWaits(Refusal):
    """A product is in one open cancellation at most."""

    code = "cancellation_waits"
    sentence = _(
        "The cancellation of %(name)s waits to be confirmed already. Use the link in the mail, or take it back."
    )


class LinkUnknown(Refusal):
    """A link that we did not make, or that a mail program cut."""

    code = "link_unknown"
    sentence = _("This link is not complete, or not one of ours. Copy the whole link from the mail.")


class LinkUsed(Refusal):
    """A link is used once."""

    code = "link_used"
    sentence = _("This link was used on %(on)s. There is nothing left to do.")


class LinkExpired(Refusal):
    """A link that came too late, or whose cancellation was taken back."""

    code = "link_expired"
    sentence = _(
        "This link is no longer valid: nothing was cancelled. If you still want to, cancel again in the console."
    )


@transaction.atomic
def request(
    *,
    organization_id: UUID,
    subscription_ids: Sequence[UUID],
    when: When,
    email: str,
    language: str,
    actor: Actor,
    at: datetime,
    cause: str = "",
    comment: str = "",
) -> CancellationRequest:
    """
    Ask to give products up. Where the law forbids to ask for a link, it is confirmed at once and the mail a receipt.

    Units: the link lives `settings.CANCELLATION_LINK_DAYS` days.
    Raises: NothingToCancel; NotCancellable, where one has ended or is given up; CancellationWaits.
    """
    organization = Organization.objects.locked().get(pk=organization_id)
    wanted = list(Subscription.objects.filter(organization=organization, pk__in=subscription_ids).locked())
    if not wanted:
        raise NothingToCancel()
    _refuse_twice(wanted)

    rules = law.of(organization)
    asked: CancellationRequest = CancellationRequest.objects.create(
        organization=organization,
        when=when,
        reason=comment.strip()[:2_000],
        requested_by=actor.label,
        user_id=actor.user_id,
        email=email,
        language=language,
        is_gated=rules.has_email_gate,
        requested_at=at,
        expires_at=at + clock.days(settings.CANCELLATION_LINK_DAYS),
    )
    CancellationRequestItem.objects.bulk_create(
        CancellationRequestItem(organization=organization, request=asked, subscription=subscription)
        for subscription in wanted
    )
    if cause or comment.strip():
        feedback.give(
            occasion=Occasion.CANCELLATION,
            cause=cause,
            comment=comment,
            organization_id=organization.pk,
            user_id=actor.user_id,
            product_types=sorted({subscription.product_type for subscription in wanted}),
            language=language,
            at=at,
        )
    trail.record(
        actor,
        "cancellation.requested",
        asked.public_id,
        organization_id=organization.pk,
        at=at,
        products=[subscription.public_id for subscription in wanted],
        when=when,
    )
    if rules.has_email_gate:
        facts.publish(
            events.CancellationRequested(organization_id=organization.pk, happened_at=at, request=asked.public_id)
        )
    else:
        _carry_out(asked, actor=actor, at=at)
    return asked


def find(token: str) -> CancellationRequest:
    """
    Return the open cancellation that a link names. Its bearer need not be signed in.

    Raises: LinkUnknown, LinkUsed, LinkExpired.
    """
    key = tokens.read(CancellationRequest, token)
    if key is None:
        raise LinkUnknown()
    with transaction.as_staff(), transaction.atomic():
        asked: CancellationRequest | None = CancellationRequest.objects.filter(pk=key).first()
    if asked is None:
        raise LinkUnknown()
    return asked


@transaction.atomic
def confirm(*, token: str, ip: str, at: datetime) -> CancellationRequest:
    """
    Carry out a cancellation whose link is used.

    Raises: LinkUnknown, LinkUsed, LinkExpired.
    """
    found = find(token)
    with tenancy.within(found.organization_id):
        # The organization first, as whoever issues an invoice does.
        Organization.objects.locked().get(pk=found.organization_id)
        asked: CancellationRequest = CancellationRequest.objects.locked().get(pk=found.pk)
        refuse_unless_open(asked, at=at)
        actor = Actor(ActorKind.USER, asked.requested_by, user_id=asked.user_id, ip=ip)
        _carry_out(asked, actor=actor, at=at)
        return asked


@transaction.atomic
def withdraw(*, request_id: UUID, actor: Actor, at: datetime) -> CancellationRequest:
    """
    Take an unconfirmed cancellation back.

    Raises: LinkUsed, where it is confirmed; LinkExpired, where it is over.
    """
    asked: CancellationRequest = CancellationRequest.objects.locked().get(pk=request_id)
    refuse_unless_open(asked, at=at)
    asked.withdraw(at=at)
    _close(asked, at=at)
    trail.record(actor, "cancellation.withdrawn", asked.public_id, organization_id=asked.organization_id, at=at)
    return asked


@transaction.atomic
def remind(*, request_id: UUID, at: datetime) -> CancellationRequest:
    """
    Send the link once more.

    Raises: LinkUsed, LinkExpired.
    """
    asked: CancellationRequest = CancellationRequest.objects.locked().get(pk=request_id)
    refuse_unless_open(asked, at=at)
    _remind(asked, at=at)
    return asked


def chase(*, at: datetime) -> int:
    """
    Remind of what is unconfirmed, and end what nobody confirmed in time; return with how many something happened.

    Units: reminders on the days `settings.CANCELLATION_REMINDER_DAYS` after the request.
    """
    open_ = CancellationRequest.objects.filter(confirmed_at=None, withdrawn_at=None, expired_at=None)
    late = Q(expires_at__lte=at)
    for number, day in enumerate(settings.CANCELLATION_REMINDER_DAYS):
        late |= Q(reminded__lte=number, requested_at__lte=at - clock.days(day))
    return sum(_chase(key, at=at) for key in list(open_.filter(late).order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def close_ended(*, subscription_id: UUID, at: datetime) -> None:
    """Take note that a product has ended by itself: a cancellation that waits for it has lost its subject."""
    item = CancellationRequestItem.objects.filter(subscription_id=subscription_id, closed_at=None).first()
    if item is None:
        return
    asked: CancellationRequest = CancellationRequest.objects.locked().get(pk=item.request_id)
    CancellationRequestItem.objects.filter(pk=item.pk, closed_at=None).update(closed_at=at)
    if asked.is_open and not asked.items.filter(closed_at=None).exists():
        asked.withdraw(at=at)


def refuse_unless_open(asked: CancellationRequest, *, at: datetime) -> None:
    """Raises: LinkUsed, LinkExpired."""
    if asked.confirmed_at:
        raise LinkUsed(on=asked.confirmed_at.date().isoformat())
    if not asked.is_open or asked.expires_at <= at:
        raise LinkExpired()


def _refuse_twice(wanted: Sequence[Subscription]) -> None:
    waiting = set(
        CancellationRequestItem.objects.filter(subscription__in=wanted, closed_at=None).values_list(
            "subscription_id", flat=True
        )
    )
    given_up = set(
        Subscription.objects.filter(renewal.waiting_cancellation(), pk__in=[one.pk for one in wanted]).values_list(
            "pk", flat=True
        )
    )
    for subscription in wanted:
        if subscription.has_ended or subscription.pk in given_up:
            raise NotCancellable()
        if subscription.pk in waiting:
            raise CancellationWaits(name=subscription.name)


def _carry_out(asked: CancellationRequest, *, actor: Actor, at: datetime) -> None:
    items = list(asked.items.filter(closed_at=None).order_by("subscription_id"))
    # All of them before the first, so that nobody waits in a circle.
    renewal.locked_with_companions([item.subscription_id for item in items])
    for item in items:
        try:
            with transaction.atomic():
                cancelled = cancellation.cancel(
                    subscription_id=item.subscription_id,
                    when=When(asked.when),
                    reason=asked.reason,
                    actor=actor,
                    at=at,
                )
        except NotCancellable:
            # It ended, or was given up otherwise, meanwhile: what was wished for is so.
            continue
        item.effective_at = cancelled.cancellations.get(filed_at=at).effective_at
        item.save(update_fields=["effective_at"])
    asked.confirm(at=at)
    _close(asked, at=at)
    trail.record(actor, "cancellation.confirmed", asked.public_id, organization_id=asked.organization_id, at=at)
    facts.publish(
        events.CancellationConfirmed(organization_id=asked.organization_id, happened_at=at, request=asked.public_id)
    )


def _close(asked: CancellationRequest, *, at: datetime) -> None:
    asked.items.filter(closed_at=None).update(closed_at=at)


@transaction.atomic
def _chase(request_id: UUID, *, at: datetime) -> bool:
    asked: CancellationRequest = CancellationRequest.objects.locked().get(pk=request_id)
    if not asked.is_open:
        return False
    if asked.expires_at <= at:
        asked.expire(at=at)
        _close(asked, at=at)
        trail.record(SYSTEM, "cancellation.expired", asked.public_id, organization_id=asked.organization_id, at=at)
        facts.publish(
            events.CancellationExpired(organization_id=asked.organization_id, happened_at=at, request=asked.public_id)
        )
        return True
    due = sum(asked.requested_at + clock.days(day) <= at for day in settings.CANCELLATION_REMINDER_DAYS)
    if asked.reminded >= due:
        return False
    # Days that nobody worked are not made up for by a heap of reminders.
    asked.reminded = due - 1
    _remind(asked, at=at)
    return True


def _remind(asked: CancellationRequest, *, at: datetime) -> None:
    asked.remind(at=at)
    facts.publish(
        events.CancellationUnconfirmed(
            organization_id=asked.organization_id, happened_at=at, request=asked.public_id, reminder=asked.reminded
        )
    )
