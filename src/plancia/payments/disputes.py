"""
Disputes: the holder of a card or account takes a payment back through her bank, and the gateway takes it from us.

Until it is won back, the organization owes the amount: it stands on its *disputed* account. Source:
docs/decisions/0029-refunds-and-chargebacks.md
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import chart
from plancia.payments.events import PaymentDisputed
from plancia.payments.models import Dispute, Payment


class NoSuchDispute(Refusal):
    """The dispute is about no payment of ours, or was never opened."""

    code = "no_such_dispute"
    sentence = _("We know of no such dispute.")


@transaction.atomic
def open_(*, gateway: str, payment_reference: str, reference: str, amount: Money, reason: str, at: datetime) -> Dispute:
    """
    Record that a gateway took a payment back. Told again, it changes nothing.

    Raises: NoSuchDispute, when the payment is none of ours.
    """
    payment = _payment(gateway, payment_reference)
    known: Dispute | None = Dispute.objects.filter(gateway=gateway, reference=reference).first()
    if known is not None:
        return known
    dispute: Dispute = Dispute.objects.create(
        organization_id=payment.organization_id,
        payment=payment,
        gateway=gateway,
        reference=reference,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason[:100],
        opened_at=at,
    )
    _post(dispute, "taken", amount, at=at)
    _record(dispute, "payment.disputed", at=at, amount=amount, reason=reason)
    facts.publish(
        PaymentDisputed(
            organization_id=payment.organization_id,
            happened_at=at,
            payment=payment.public_id,
            purpose=payment.purpose,
            amount_minor=amount.minor,
            currency=amount.currency,
        )
    )
    return dispute


@transaction.atomic
def win(*, gateway: str, reference: str, at: datetime) -> Dispute:
    """Record that the gateway gave the money back to us. Told again, it changes nothing. Raises: NoSuchDispute."""
    found: Dispute | None = (
        Dispute.objects.filter(gateway=gateway, reference=reference).select_related("payment").first()
    )
    if found is None:
        raise NoSuchDispute
    Organization.objects.locked().get(pk=found.organization_id)
    dispute: Dispute = Dispute.objects.locked().select_related("payment").get(pk=found.pk)
    if dispute.won_at is None:
        dispute.won_at = at
        dispute.save(update_fields=["won_at"])
        _post(dispute, "won", -dispute.amount, at=at)
        _record(dispute, "payment.dispute_won", at=at)
    return dispute


def _payment(gateway: str, reference: str) -> Payment:
    found = Payment.objects.filter(gateway=gateway, gateway_reference=reference).only("pk", "organization_id").first()
    if found is None:
        raise NoSuchDispute
    Organization.objects.locked().get(pk=found.organization_id)
    payment: Payment = Payment.objects.get(pk=found.pk)
    return payment


def _post(dispute: Dispute, what: str, owed: Money, *, at: datetime) -> None:
    organization = ids.public(Organization.prefix, dispute.organization_id)
    posting.post(
        reference=f"{dispute.public_id}:{what}",
        legs=[
            Leg(chart.disputed(organization, dispute.currency), owed),
            Leg(chart.clearing(dispute.gateway, dispute.currency), -owed),
        ],
        organization_id=dispute.organization_id,
        at=at,
        description=dispute.payment.public_id,
    )


def _record(dispute: Dispute, action: str, *, at: datetime, **details: object) -> None:
    trail.record(
        Actor(ActorKind.GATEWAY, dispute.gateway),
        action,
        dispute.payment.public_id,
        organization_id=dispute.organization_id,
        at=at,
        dispute=dispute.public_id,
        **details,
    )
