"""
VAT checks: asking the register of the European Union about customers' VAT numbers, and what follows from its answers.

A number whose check digits are right counts at once, so that an order never waits for a register. It is asked about
within a minute; the answer and its time are kept. Source: docs/decisions/0021-vat-numbers-and-vies.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from plancia.audit import trail
from plancia.billing import parties, vat, vies
from plancia.billing.models import VatCheck
from plancia.billing.states import VatAnswer
from plancia.billing.vies import Answer
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import vat_numbers
from plancia.organizations.models import Organization
from plancia.organizations.states import VatNumberState

#: Numbers asked about in one run, and how long after VIES was silent it is asked again.
_BATCH = 20
_SILENT_FOR = timedelta(hours=1)

_STATES = {VatAnswer.VALID: VatNumberState.VALID, VatAnswer.INVALID: VatNumberState.INVALID}


@dataclass(frozen=True, slots=True)
class Question:
    """A number to ask about, in whose name."""

    organization_id: UUID
    number: str
    requester: str


def check_due(*, at: datetime) -> int:
    """
    Ask VIES about the numbers that it was not asked about yet, or long ago; return how many it answered about.

    It is asked outside any transaction: a register that hangs holds nothing of ours.
    """
    if not settings.VIES_URL:
        return 0
    answered = 0
    for question in due(at=at):
        answer = vies.ask(question.number, requester=question.requester)
        record(organization_id=question.organization_id, number=question.number, answer=answer, at=at)
        answered += answer.outcome is not VatAnswer.UNAVAILABLE
    return answered


def due(*, at: datetime) -> list[Question]:
    """Return the numbers that VIES is to be asked about now."""
    asked = VatCheck.objects.filter(organization=OuterRef("pk"), number=OuterRef("vat_number"))
    again = at - timedelta(days=settings.VIES_AGAIN_DAYS)
    waiting = (
        Organization.objects.exclude(vat_number="")
        .filter(country__in=_european())
        .filter(~Exists(asked.filter(asked_at__gt=again).exclude(outcome=VatAnswer.UNAVAILABLE)))
        .filter(~Exists(asked.filter(asked_at__gt=at - _SILENT_FOR)))
        .order_by("pk")[:_BATCH]
    )
    return [Question(one.pk, one.vat_number, _requester(one.country)) for one in waiting]


@transaction.atomic
def record(*, organization_id: UUID, number: str, answer: Answer, at: datetime) -> VatNumberState:
    """
    Keep what VIES said about a number, and let it count; return the state that the number has now.

    While VIES is silent a number keeps its state; one that was never confirmed loses it when the grace is over. An
    answer about a number that the organization has no more changes nothing but the record.
    """
    organization = Organization.objects.locked().get(pk=organization_id)
    was_confirmed = VatCheck.objects.filter(organization=organization, number=number, outcome=VatAnswer.VALID).exists()
    VatCheck.objects.create(
        organization=organization,
        number=number,
        asked_at=at,
        outcome=answer.outcome,
        consultation=answer.consultation,
        answer=answer.facts,
    )
    before = VatNumberState(organization.vat_number_state)
    after = _STATES.get(answer.outcome, before)
    given_at = organization.vat_number_checked_at or organization.created_at
    if answer.outcome is VatAnswer.UNAVAILABLE and before is VatNumberState.VALID and not was_confirmed:
        is_over = at - given_at > timedelta(days=settings.VIES_GRACE_DAYS)
        after = VatNumberState.UNVERIFIED if is_over else before
    if organization.vat_number != number or (after is before and answer.outcome is VatAnswer.UNAVAILABLE):
        return before
    organization.vat_number_state = after
    organization.vat_number_checked_at = at
    organization.save(update_fields=["vat_number_state", "vat_number_checked_at"])
    if after is not before:
        trail.record(
            SYSTEM,
            "vat_number.judged",
            organization.public_id,
            organization_id=organization.pk,
            at=at,
            number=number,
            before=before,
            after=after,
            consultation=answer.consultation,
        )
    return after


def last(organization_id: UUID, number: str) -> VatCheck | None:
    """Return the last answer about a number, for whoever wants to see what counts."""
    return VatCheck.objects.filter(organization_id=organization_id, number=number).order_by("-asked_at", "-pk").first()


def _european() -> Sequence[str]:
    return sorted({*vat.european_union(), "MC"})


def _requester(country: str) -> str:
    seller = parties.seller_for(country)
    return seller.vat_number.replace(" ", "") if vat_numbers.is_european(seller.country) else ""
