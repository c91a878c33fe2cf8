"""Auto-renewal: letting products renew themselves, or not. Source: SPEC 5.4."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import numbering, parties, vat
from plancia.billing.models import Invoice
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.payments.models import Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.states import ProfileState
from plancia.subscriptions import collection, dunning, frequencies, renewal
from plancia.subscriptions.dunning import Step
from plancia.subscriptions.models import Cancellation, RenewalPreference, Subscription, Term
from plancia.subscriptions.states import SubscriptionState
from plancia.subscriptions.timeline import timeline


@transaction.atomic
def switch(
    *,
    subscription_ids: Sequence[UUID],
    is_renewing: bool,
    profile_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """
    Let products renew themselves, or stop it; return how many changed. It may be done at any time.

    `profile_id` is what pays, the organization's default where none is named. Products that have ended or are given up
    are passed over: nothing of theirs is renewed. What is offered together with others is offered anew by itself, so
    that it can be collected.

    Raises: NoSuchProfile, when it is not one of the organization's that can be charged.
    """
    held = renewal.locked_with_companions(subscription_ids)
    owners = {held[key].organization_id for key in subscription_ids if key in held}
    if (
        profile_id is not None
        and not Profile.objects.filter(pk=profile_id, organization__in=owners, state=ProfileState.ACTIVE).exists()
    ):
        raise NoSuchProfile()
    profile_id = profile_id if is_renewing else None
    given_up = Cancellation.objects.filter(
        subscription__in=subscription_ids, ended_at=None, withdrawn_at=None
    ).values_list("subscription_id", flat=True)
    changed: list[Subscription] = list(
        Subscription.objects.filter(pk__in=subscription_ids)
        .exclude(Q(is_renewing=is_renewing) & (Q(profile=profile_id) if profile_id else Q(profile=None)))
        .exclude(state=SubscriptionState.TERMINATED)
        .exclude(pk__in=set(given_up))
        .locked()
    )
    for subscription in changed:
        subscription.is_renewing, subscription.profile_id = is_renewing, profile_id
        trail.record(
            actor,
            "subscription.auto_renewal_switched",
            subscription.public_id,
            organization_id=subscription.organization_id,
            at=at,
            is_renewing=is_renewing,
        )
    Subscription.objects.bulk_update(changed, ["is_renewing", "profile"])
    renewal.reoffer(subscription_ids=_billed_with_others(changed), actor=actor, at=at)
    return len(changed)


def _billed_with_others(changed: Sequence[Subscription]) -> list[UUID]:
    """Those that stand on an open invoice with products that are paid in another way now."""
    open_ = Term.objects.filter(paid_at=None, withdrawn_at=None).exclude(invoice="")
    mine = open_.filter(subscription__in=[one.pk for one in changed])
    ways: dict[str, set[tuple[bool, UUID | None]]] = defaultdict(set)
    for invoice, is_renewing, profile in open_.filter(invoice__in=mine.values("invoice")).values_list(
        "invoice", "subscription__is_renewing", "subscription__profile"
    ):
        ways[invoice].add((is_renewing, profile))
    mixed = [invoice for invoice, found in ways.items() if len(found) > 1]
    return list(mine.filter(invoice__in=mixed).values_list("subscription_id", flat=True))


@dataclass(frozen=True, slots=True)
class Prospect:
    """The next renewal of a product. Units: `total` with tax, as it is offered or would be today."""

    next_at: datetime | None
    total: Money
    profile: str


def prospect(subscription: Subscription, *, at: datetime) -> Prospect:
    """Return when a product's renewal is collected next, for how much, and with what."""
    organization = subscription.organization
    offer = Term.objects.filter(subscription=subscription, paid_at=None, withdrawn_at=None).first()
    (conditions,) = frequencies.present([subscription], at=at).values()
    buyer = parties.buyer(organization)
    tax = vat.tax_for(buyer, on=numbering.civil_date(at), seller=parties.seller_for(buyer.country))
    net = offer.net if offer else conditions.net
    return Prospect(
        next_at=collection.next_attempt(subscription, timeline(organization), at=at),
        total=vat.totals([net], tax, subscription.currency).total,
        profile=collection.profile_name(subscription, at=at),
    )


def timeline_of(subscription: Subscription, *, at: datetime) -> list[Step]:
    """Return what happens around the end of the paid time if nothing is paid, as it is published."""
    end = subscription.paid_until
    if end is None or subscription.has_ended:
        return []
    offer = Term.objects.filter(subscription=subscription, paid_at=None, withdrawn_at=None).first()
    key = ids.parse(Invoice.prefix, offer.invoice) if offer else None
    if key:
        invoice = Invoice.objects.select_related("organization").get(pk=key)
        return dunning.steps(invoice, promised=dunning.promise_of(invoice.public_id), at=at)
    days = timeline(subscription.organization)
    offered_at = end - days.lead(subscription.months)
    found: list[tuple[datetime, str | LazyText, bool]] = [(offered_at, _("Its renewal is offered for payment."), False)]
    if subscription.is_renewing:
        found += [(max(when, offered_at), _("Its renewal is collected."), False) for when in days.attempts(end)[:1]]
    found.append((end, _("It is due."), False))
    found += [(when, dunning.SENTENCES[state], True) for state, when in days.steps(max(end, offered_at))]
    coming = [when for when, *_rest in found if when > at]
    return [
        Step(when, sentence, when <= at, bool(coming) and when == coming[0], changes)
        for when, sentence, changes in sorted(found, key=lambda step: step[0])
    ]


def is_grouping(organization_id: UUID) -> bool:
    """Say whether an organization's renewals are billed together."""
    return not RenewalPreference.objects.filter(organization=organization_id, is_grouping=False).exists()


@transaction.atomic
def group(*, organization_id: UUID, is_grouping: bool, actor: Actor, at: datetime) -> None:
    """Have renewals that are offered from now on billed together, or each by itself."""
    RenewalPreference.objects.update_or_create(organization_id=organization_id, defaults={"is_grouping": is_grouping})
    trail.record(
        actor,
        "organization.renewals_grouped",
        ids.public(Organization.prefix, organization_id),
        organization_id=organization_id,
        at=at,
        is_grouping=is_grouping,
    )


def calendar_key(organization_id: UUID) -> str:
    """Return the secret of an organization's calendar of renewals; empty where it shares none."""
    found = RenewalPreference.objects.filter(organization=organization_id).values_list("calendar_key", flat=True)
    return found.first() or ""


@transaction.atomic
def share_calendar(*, organization_id: UUID, is_shared: bool, actor: Actor, at: datetime) -> str:
    """Share the calendar of renewals under a new secret, which is returned, or stop sharing it."""
    key = secrets.token_urlsafe(24) if is_shared else None
    RenewalPreference.objects.update_or_create(organization_id=organization_id, defaults={"calendar_key": key})
    trail.record(
        actor,
        "organization.calendar_shared",
        ids.public(Organization.prefix, organization_id),
        organization_id=organization_id,
        at=at,
        is_shared=is_shared,
    )
    return key or ""


def organization_of_calendar(key: str) -> Organization | None:
    """Return the organization whose calendar has that secret, as staff."""
    found = RenewalPreference.objects.filter(calendar_key=key).select_related("organization").first()
    return found.organization if found else None
