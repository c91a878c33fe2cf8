"""
Payment profiles: what an organization left with us to be charged without asking again, and which of them by default.

Without another default, the prepaid account is it. Source: SPEC 5.4, docs/decisions/0025-payment-profiles.md
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import gateways
from plancia.payments.events import ProfileExpiring, ProfileRemoved, ProfileSaved
from plancia.payments.gateways.protocol import Means
from plancia.payments.methods import Method
from plancia.payments.models import Profile
from plancia.payments.states import ProfileState

#: How long before its last day a card's owner is told: long enough for the next statement to bring the new card.
EXPIRY_WARNING = timedelta(days=30)


class NoSuchProfile(Refusal):
    """The profile is not there, or not ready, or somebody else's."""

    code = "no_such_profile"
    sentence = _("This payment method is not saved here any more. Please choose another one.")
    field = "profile"


class PrepaidStays(Refusal):
    """Every organization has a prepaid account."""

    code = "prepaid_stays"
    sentence = _("The prepaid account cannot be removed from the payment methods.")


@transaction.atomic
def start(*, organization_id: UUID, method: Method = Method.CARD, actor: Actor, at: datetime) -> Profile:
    """
    Begin to save a card or a PayPal account; it is ready when its gateway has told so.

    Raises: NoSuchGateway.
    """
    profile: Profile = Profile.objects.create(
        organization_id=organization_id, method=method, gateway=gateways.default(method), started_at=at
    )
    trail.record(actor, "profile.started", profile.public_id, organization_id=organization_id, at=at, method=method)
    return profile


@transaction.atomic
def save(*, profile_id: UUID, means: Means, at: datetime) -> Profile:
    """
    Make a profile ready, since its gateway keeps the means now. Told again, it changes nothing.

    What the organization has saved before under the same name stays one profile.
    Raises: MoveRefused, when the customer gave it up meanwhile.
    """
    profile: Profile = Profile.objects.locked().get(pk=profile_id)
    if profile.state == ProfileState.ACTIVE and profile.means == means.reference:
        return profile
    known = Profile.objects.filter(gateway=profile.gateway, means=means.reference).first()
    if known is not None:
        profile.remove(at=at)
        return known
    profile.save_means(
        means=means.reference,
        customer=means.customer,
        label=means.label,
        last_digits=means.last_digits,
        expires_on=means.expires_on,
        at=at,
    )
    actor = Actor(ActorKind.GATEWAY, profile.gateway)
    trail.record(
        actor, "profile.saved", profile.public_id, organization_id=profile.organization_id, at=at, name=profile.name
    )
    facts.publish(ProfileSaved(organization_id=profile.organization_id, happened_at=at, profile=profile.public_id))
    return profile


def keep(*, organization_id: UUID, gateway: str, method: Method, means: Means, at: datetime) -> Profile:
    """Save the means of a payment that has just succeeded, as the customer wished."""
    started: Profile = Profile.objects.create(
        organization_id=organization_id, method=method, gateway=gateway, started_at=at
    )
    return save(profile_id=started.pk, means=means, at=at)


def open_prepaid(*, organization_id: UUID, at: datetime) -> Profile:
    """Return the profile that stands for the prepaid account, which every organization has."""
    return _open_prepaid([organization_id], at=at)[organization_id]


def defaults(organization_ids: Collection[UUID], *, at: datetime) -> dict[UUID, Profile]:
    """Return what each organization is charged where nothing else was chosen: its default, else the prepaid account."""
    chosen = Profile.objects.filter(organization__any_of=organization_ids, is_default=True)
    found = {profile.organization_id: profile for profile in chosen}
    return found | _open_prepaid([key for key in organization_ids if key not in found], at=at)


def _open_prepaid(organization_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Profile]:
    known = Profile.objects.filter(organization__any_of=organization_ids, method=Method.PREPAID)
    found = {profile.organization_id: profile for profile in known}
    if missing := [key for key in organization_ids if key not in found]:
        opened = [
            Profile(organization_id=key, method=Method.PREPAID, state=ProfileState.ACTIVE, started_at=at, saved_at=at)
            for key in missing
        ]
        # Somebody else may open one at the same time: there is one in the end.
        Profile.objects.bulk_create(opened, ignore_conflicts=True)
        found |= {profile.organization_id: profile for profile in known.all()}
    return found


@transaction.atomic
def make_default(*, profile_id: UUID, actor: Actor, at: datetime) -> Profile:
    """
    Charge a profile where nothing else was chosen.

    Raises: NoSuchProfile, when it is not ready.
    """
    profile = _locked(profile_id)
    if profile.state != ProfileState.ACTIVE:
        raise NoSuchProfile
    Profile.objects.filter(organization_id=profile.organization_id, is_default=True).update(is_default=False)
    profile.is_default = True
    profile.save(update_fields=["is_default"])
    trail.record(
        actor, "profile.default", profile.public_id, organization_id=profile.organization_id, at=at, name=profile.name
    )
    return profile


@transaction.atomic
def remove(*, profile_id: UUID, actor: Actor, at: datetime) -> Profile:
    """
    Give a profile up: it is charged no more, and its gateway is told to forget it.

    Raises: PrepaidStays; NoSuchProfile, when it was given up before.
    """
    profile = _locked(profile_id)
    if profile.method == Method.PREPAID:
        raise PrepaidStays
    if profile.state == ProfileState.REMOVED:
        raise NoSuchProfile
    profile.remove(at=at)
    trail.record(
        actor, "profile.removed", profile.public_id, organization_id=profile.organization_id, at=at, name=profile.name
    )
    facts.publish(ProfileRemoved(organization_id=profile.organization_id, happened_at=at, profile=profile.public_id))
    return profile


def ready(organization_id: UUID) -> Sequence[Profile]:
    """Return the profiles that can be charged: the default first, then by age."""
    return list(
        Profile.objects.filter(organization_id=organization_id, state=ProfileState.ACTIVE).order_by(
            "-is_default", "started_at", "pk"
        )
    )


@transaction.atomic
def tell_expiring(*, at: datetime) -> int:
    """Tell once of each card whose last day comes near; return of how many they are."""
    today: date = localdate(at)
    ending = list(
        Profile.objects.filter(
            state=ProfileState.ACTIVE, expires_on__lte=today + EXPIRY_WARNING, expiry_told_at=None
        ).locked()
    )
    for profile in ending:
        assert profile.expires_on is not None
        facts.publish(
            ProfileExpiring(
                organization_id=profile.organization_id,
                happened_at=at,
                profile=profile.public_id,
                name_shown=profile.name,
                expires_on=profile.expires_on,
            )
        )
    Profile.objects.filter(pk__in=[profile.pk for profile in ending]).update(expiry_told_at=at)
    return len(ending)


def _locked(profile_id: UUID) -> Profile:
    """Take a profile, and its organization before it: one default at a time, and no charge while it is given up."""
    organization_id = Profile.objects.values_list("organization_id", flat=True).get(pk=profile_id)
    Organization.objects.locked().get(pk=organization_id)
    profile: Profile = Profile.objects.locked().get(pk=profile_id)
    return profile
