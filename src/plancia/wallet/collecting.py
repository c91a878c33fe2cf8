"""Collecting: money from whatever an organization chose to be charged, the prepaid account included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.payments import charging, profiles
from plancia.payments.charging import AlreadyCharged
from plancia.payments.gateways import NoSuchGateway
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.states import ProfileState
from plancia.wallet import prepaid
from plancia.wallet.prepaid import Spending

#: Why nothing was collected.
Refused = NoSuchProfile | AlreadyCharged | InsufficientFunds | NoSuchGateway


@dataclass(frozen=True, slots=True)
class Wanted:
    """Money that is to come from an organization, from its default profile unless one is named."""

    organization_id: UUID
    purpose: str
    amount: Money
    profile_id: UUID | None = None


def collect(
    *, organization_id: UUID, purpose: str, amount: Money, actor: Actor, at: datetime, profile_id: UUID | None = None
) -> Payment:
    """
    Charge a payment profile of an organization, its default unless named, without the customer; once for a purpose.

    From the prepaid account the money comes at once. A card or a PayPal account is charged afterwards, and what became
    of it is told by PaymentSucceeded or PaymentFailed; after a failure the purpose may be tried again.

    Raises: NoSuchProfile; AlreadyCharged; InsufficientFunds, when the prepaid account does not have it; NoSuchGateway.
    """
    [answer] = collect_all([Wanted(organization_id, purpose, amount, profile_id)], actor=actor, at=at)
    if isinstance(answer, Refusal):
        raise answer
    return answer


@transaction.atomic
def collect_all(wanted: Sequence[Wanted], *, actor: Actor, at: datetime) -> list[Payment | Refused]:
    """
    Collect a batch, in order; what `collect` says holds for each. One that is refused keeps no other from being paid.

    What prepaid accounts pay costs the same few statements for one and for thousands.
    """
    owners = {one.organization_id for one in wanted}
    list(Organization.objects.filter(pk__any_of=owners).only("pk").locked())
    profiles = _profiles(wanted, at=at)
    charged = charging.charged([(one.organization_id, one.purpose) for one in wanted])
    answers: list[Payment | Refused | None] = []
    prepaid_: list[Spending] = []
    for one in wanted:
        profile = profiles.get((one.organization_id, one.profile_id))
        if profile is None:
            answers.append(NoSuchProfile())
        elif (one.organization_id, one.purpose) in charged:
            answers.append(AlreadyCharged())
        elif profile.method == Method.PREPAID:
            charged.add((one.organization_id, one.purpose))
            prepaid_.append(Spending(one.organization_id, one.purpose, one.amount, profile.pk))
            answers.append(None)
        else:
            answers.append(_charge(profile, one, actor=actor, at=at))
    paid = iter(prepaid.spend_all(prepaid_, actor=actor, at=at) if prepaid_ else [])
    return [answer or next(paid) for answer in answers]


def _charge(profile: Profile, one: Wanted, *, actor: Actor, at: datetime) -> Payment | Refused:
    try:
        return charging.charge(profile_id=profile.pk, purpose=one.purpose, amount=one.amount, actor=actor, at=at)
    except (NoSuchProfile, AlreadyCharged, NoSuchGateway) as refused:
        return refused


def _profiles(wanted: Sequence[Wanted], *, at: datetime) -> dict[tuple[UUID, UUID | None], Profile]:
    """The profiles that can be charged, by organization and by what was named."""
    named = [one.profile_id for one in wanted if one.profile_id]
    chosen = Profile.objects.filter(pk__any_of=named, state=ProfileState.ACTIVE)
    found: dict[tuple[UUID, UUID | None], Profile] = {(one.organization_id, one.pk): one for one in chosen}
    unnamed = {one.organization_id for one in wanted if one.profile_id is None}
    return found | {(key, None): one for key, one in profiles.defaults(unnamed, at=at).items()}
