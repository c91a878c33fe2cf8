"""Campaigns: what staff decide about promo codes, and how the codes are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.promotions import spelling
from plancia.promotions.models import Campaign, Code
from plancia.promotions.states import Kind

_BATCH = 1000


class CodeTaken(Refusal):
    """There is such a code already, or one that reads alike."""

    code = "promo_code_taken"
    sentence = _("There is a code already that reads like “%(text)s”. Please choose another one.")
    field = "code"


class CodeUnreadable(Refusal):
    """A code needs letters or digits that can be typed."""

    code = "promo_code_unreadable"
    sentence = _("A code has at least 4 letters or digits, without accents.")
    field = "code"


class CampaignClosed(Refusal):
    """No codes are made for a campaign that was closed."""

    code = "campaign_closed"
    sentence = _("This campaign is closed.")


class TooManyCodes(Refusal):
    """More codes than are made at once."""

    code = "too_many_codes"
    sentence = _("Enter a whole number from 1 to %(most)s.")
    field = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a campaign gives, and to whom. Units: as in `models.Campaign`."""

    kind: Kind
    percent: Decimal | None = None
    amounts: Mapping[str, int] = field(default_factory=dict)
    terms: int = 1
    starts_at: datetime
    ends_at: datetime | None = None
    types: Sequence[str] = ()
    plans: Sequence[str] = ()
    months: Sequence[int] = ()
    minimums: Mapping[str, int] = field(default_factory=dict)
    for_new_customers: bool = False
    per_organization: int | None = 1


@transaction.atomic
def start(*, name: str, rules: Rules, code: str = "", most: int | None = None, actor: Actor, at: datetime) -> Campaign:
    """
    Start a campaign, with the one `code` that everybody types, or without codes yet (`generate`).

    Units: `most` is how many orders may take the code; None where there is no limit.
    Raises: CodeUnreadable, CodeTaken.
    """
    made: Campaign = Campaign.objects.create(
        name=name,
        kind=rules.kind,
        percent=rules.percent,
        amounts=dict(rules.amounts),
        terms=rules.terms,
        starts_at=rules.starts_at,
        ends_at=rules.ends_at,
        types=list(rules.types),
        plans=list(rules.plans),
        months=list(rules.months),
        minimums=dict(rules.minimums),
        for_new_customers=rules.for_new_customers,
        per_organization=rules.per_organization,
        created_by=actor.label,
        created_at=at,
    )
    if code:
        key = spelling.key(code)
        if len(key) < 4:
            raise CodeUnreadable
        if Code.objects.filter(key=key).exists():
            raise CodeTaken(text=spelling.printed(code))
        Code.objects.create(campaign=made, text=spelling.printed(code), key=key, most=most, issued_at=at)
    return made


@transaction.atomic
def generate(*, campaign_id: UUID, number: int, prefix: str = "", at: datetime) -> int:
    """
    Make `number` codes that one order each may take, and return how many were made.

    Raises: TooManyCodes, CampaignClosed.
    """
    if not 1 <= number <= settings.PROMO_CODES_AT_ONCE:
        raise TooManyCodes(most=settings.PROMO_CODES_AT_ONCE)
    campaign: Campaign = Campaign.objects.locked().get(pk=campaign_id)
    if campaign.closed_at:
        raise CampaignClosed
    made: dict[str, str] = {}
    while len(made) < number:
        text = spelling.random(prefix)
        made.setdefault(spelling.key(text), text)
    Code.objects.bulk_create(
        [Code(campaign=campaign, text=text, key=key, most=1, issued_at=at) for key, text in made.items()],
        batch_size=_BATCH,
    )
    return len(made)


@transaction.atomic
def close(*, campaign_id: UUID, actor: Actor, at: datetime) -> Campaign:
    """End a campaign now: its codes are refused. Orders that took them keep them. Raises: CampaignClosed."""
    campaign: Campaign = Campaign.objects.locked().get(pk=campaign_id)
    if campaign.closed_at:
        raise CampaignClosed
    campaign.close(by=actor.label, at=at)
    return campaign


def exported(campaign: Campaign) -> Iterator[tuple[str, int, str]]:
    """Return the codes of a campaign for a file: the code, how often it was used, of how many times."""
    for text, used, most in campaign.codes.order_by("pk").values_list("text", "used", "most").iterator(_BATCH):
        yield text, used, "" if most is None else str(most)
