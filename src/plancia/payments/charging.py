"""Charging: money that a gateway collects for us. What becomes of it, only the gateway's signed callback says."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import chart, gateways, receiving
from plancia.payments.events import PaymentFailed
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.receiving import AlreadyRecorded
from plancia.payments.states import PaymentState, ProfileState


class AlreadyPaid(Refusal):
    """The payment succeeded before, under another reference of the gateway."""

    code = "already_paid"
    sentence = _("This has already been paid.")


class AlreadyCharged(Refusal):
    """A saved profile has been charged for this purpose, or is being charged."""

    code = "already_charged"
    sentence = _("This is being paid already, or has been.")


@transaction.atomic
def start(
    *,
    organization_id: UUID,
    purpose: str,
    amount: Money,
    actor: Actor,
    at: datetime,
    method: Method = Method.CARD,
    gateway: str = "",
    is_keeping: bool = False,
) -> Payment:
    """
    Start a payment that a gateway will collect; the first one for the method that is switched on, unless named.

    Attempts for one purpose are independent: each may succeed, and who waits for the purpose decides about the rest.
    `is_keeping`: what it is paid with is saved as a profile.

    Raises: NoSuchGateway.
    """
    chosen = gateways.gateway(gateway or gateways.default(method))
    return _begin(
        Payment(
            organization_id=organization_id,
            purpose=purpose,
            method=chosen.METHOD,
            gateway=chosen.NAME,
            amount_minor=amount.minor,
            currency=amount.currency,
            started_at=at,
            is_keeping=is_keeping,
        ),
        actor,
        at=at,
    )


@transaction.atomic
def charge(*, profile_id: UUID, purpose: str, amount: Money, actor: Actor, at: datetime) -> Payment:
    """
    Collect money from a saved card or PayPal account without the customer, once for a purpose.

    The gateway is asked after this transaction has committed (`asking`); what became of it is told by PaymentSucceeded
    or PaymentFailed. After a failure the same purpose may be tried again.

    Raises: NoSuchProfile, when it is not ready; AlreadyCharged; NoSuchGateway, when its gateway was switched off.
    """
    organization_id = Profile.objects.values_list("organization_id", flat=True).get(pk=profile_id)
    Organization.objects.locked().get(pk=organization_id)
    profile: Profile = Profile.objects.get(pk=profile_id)
    if profile.state != ProfileState.ACTIVE:
        raise NoSuchProfile
    if profile.method == Method.PREPAID:
        raise ValueError("the prepaid account is spent by `wallet.collecting`")
    require_uncharged(organization_id=organization_id, purpose=purpose)
    return _begin(
        Payment(
            organization_id=organization_id,
            purpose=purpose,
            method=profile.method,
            gateway=gateways.gateway(profile.gateway).NAME,
            amount_minor=amount.minor,
            currency=amount.currency,
            started_at=at,
            profile=profile,
            ask_at=at,
        ),
        actor,
        at=at,
    )


def require_uncharged(*, organization_id: UUID, purpose: str) -> None:
    """See that no profile is being charged, or was, for a purpose; the caller holds the organization's lock."""
    if charged([(organization_id, purpose)]):
        raise AlreadyCharged


def charged(wanted: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """
    Return those of (organization, purpose) for which a profile is being charged, or was.

    The caller holds the organizations' locks.
    """
    found = Payment.objects.filter(
        organization__any_of={organization for organization, _purpose in wanted},
        purpose__any_of=[purpose for _organization, purpose in wanted],
        profile__isnull=False,
        state__in=[PaymentState.PENDING, PaymentState.SUCCEEDED],
    )
    return set(wanted) & set(found.values_list("organization_id", "purpose"))


def _begin(payment: Payment, actor: Actor, *, at: datetime) -> Payment:
    if not payment.amount.is_positive:
        raise ValueError(f"a payment is more than nothing, not {payment.amount}")
    payment.save(force_insert=True)
    trail.record(
        actor,
        "payment.started",
        payment.public_id,
        organization_id=payment.organization_id,
        at=at,
        purpose=payment.purpose,
        amount=payment.amount,
        gateway=payment.gateway,
    )
    return payment


@transaction.atomic
def succeed(*, payment_id: UUID, gateway_reference: str, at: datetime) -> Payment:
    """
    Record that a gateway collected the money. Told again under the same reference, it changes nothing.

    Money that comes after a failure or a cancellation is recorded all the same.

    Raises: AlreadyPaid, when it succeeded under another reference; AlreadyRecorded, when the reference is another
    payment's.
    """
    payment: Payment = Payment.objects.locked().get(pk=payment_id)
    if payment.state == PaymentState.SUCCEEDED:
        if payment.gateway_reference == gateway_reference:
            return payment
        raise AlreadyPaid(payment=payment.public_id)
    if Payment.objects.filter(gateway=payment.gateway, gateway_reference=gateway_reference).exists():
        raise AlreadyRecorded(reference=gateway_reference)

    payment.succeed(gateway_reference=gateway_reference, at=at)
    receiving.book([(payment, chart.clearing(payment.gateway, payment.currency))], actor=_actor(payment), at=at)
    return payment


@transaction.atomic
def fail(*, payment_id: UUID, code: str, at: datetime) -> Payment:
    """Record that the money will not come, and why. Raises: MoveRefused, when the payment has ended."""
    payment: Payment = Payment.objects.locked().get(pk=payment_id)
    payment.fail(code=code, at=at)
    trail.record(
        _actor(payment),
        "payment.failed",
        payment.public_id,
        organization_id=payment.organization_id,
        at=at,
        purpose=payment.purpose,
        code=code,
    )
    facts.publish(
        PaymentFailed(
            organization_id=payment.organization_id,
            happened_at=at,
            payment=payment.public_id,
            purpose=payment.purpose,
            code=code,
            is_unattended=payment.profile_id is not None,
        )
    )
    return payment


@transaction.atomic
def cancel(*, payment_id: UUID, actor: Actor, at: datetime) -> Payment:
    """Record that nobody waits for the money any more. Raises: MoveRefused, when the payment has ended."""
    payment: Payment = Payment.objects.locked().get(pk=payment_id)
    payment.cancel(at=at)
    trail.record(
        actor,
        "payment.cancelled",
        payment.public_id,
        organization_id=payment.organization_id,
        at=at,
        purpose=payment.purpose,
    )
    return payment


def _actor(payment: Payment) -> Actor:
    return Actor(ActorKind.GATEWAY, payment.gateway)
