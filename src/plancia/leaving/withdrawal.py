"""
Withdrawal: a consumer takes a new contract back, without a reason, and is paid back.

Source: Directive 2011/83/EU, art. 9 to 14 and 11a; leaving/laws.toml; docs/decisions/0085-leaving-by-law.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from plancia.billing import credit_notes
from plancia.billing.models import Invoice, Settlement
from plancia.billing.states import InvoiceState, SettlementKind
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.leaving import events, law
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import gateways
from plancia.payments.models import Payment
from plancia.subscriptions import cancellation
from plancia.subscriptions.cancellation import NotCancellable, When
from plancia.subscriptions.models import Subscription, Term
from plancia.wallet import prepaid, refunding


@dataclass(frozen=True, slots=True)
class PaidBack:
    """What comes back: all of it, and the part that goes to the card or account that it was paid with."""

    total: Money
    to_source: Money

    @property
    def kept(self) -> Money:
        """What stays on the prepaid account, to be paid out from there."""
        return self.total - self.to_source


WITHDRAWN = gettext_noop("The consumer withdrew from the contract.")


class NoRightToWithdraw(Refusal):
    """The right is a consumer's, for a new contract, for some days, where the law gives it."""

    code = "no_right_to_withdraw"
    sentence = _("The time to withdraw from this contract is over. You can still cancel it.")


def until(subscription: Subscription, organization: Organization) -> datetime | None:
    """
    Return until when a product's contract can be taken back; None where there is no such right.

    Units: whole days after that of the contract, to the end of the last. Source: Regulation 1182/71, art. 3.
    """
    return until_after(subscription.ordered_at, organization)


def until_after(ordered_at: datetime, organization: Organization) -> datetime | None:
    """Return until when a contract concluded at `ordered_at` can be taken back; None where there is no such right."""
    days = law.of(organization).withdrawal_days
    if not days:
        return None
    last = timezone.localdate(ordered_at) + timedelta(days=days + 1)
    return timezone.make_aware(datetime.combine(last, time()))


@transaction.atomic
def withdraw(*, subscription_id: UUID, email: str, language: str, actor: Actor, at: datetime) -> PaidBack:
    """
    Take the contract of a product back: it ends at once, and what was paid for it comes back. Returns that.

    It goes to where it came from; what came by transfer or from the prepaid account stays there, to be paid out.

    Units: what its lines on invoices bill, with tax.
    Raises: NoRightToWithdraw; NotCancellable, where it has ended.
    Source: Directive 2011/83/EU, art. 13 (1): by the means of payment that was used.
    """
    organization_id = Subscription.objects.values_list("organization_id", flat=True).get(pk=subscription_id)
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    subscription: Subscription = Subscription.objects.locked().get(pk=subscription_id)
    last = until(subscription, organization)
    if last is None or at >= last:
        raise NoRightToWithdraw()
    if subscription.has_ended:
        raise NotCancellable()

    _end(subscription, actor=actor, at=at)
    total = to_source = Money.zero(subscription.currency)
    for public_id in _invoices(subscription):
        before = prepaid.balance(organization)
        _credit(public_id, subscription, actor=actor, at=at)
        returned = prepaid.balance(organization) - before
        total += returned
        to_source += _send_back(public_id, returned, actor=actor, at=at)
    facts.publish(
        events.ContractWithdrawn(
            organization_id=organization.pk,
            happened_at=at,
            subscription=subscription.public_id,
            email=email,
            language=language,
            returned=total,
            to_source=to_source,
        )
    )
    return PaidBack(total, to_source)


def _end(subscription: Subscription, *, actor: Actor, at: datetime) -> None:
    waiting = subscription.cancellations.filter(ended_at=None, withdrawn_at=None)
    if waiting.exists():
        # Given up for later already: the law lets her go now.
        cancellation.take_back(subscription_id=subscription.pk, actor=actor, at=at)
    cancellation.cancel(subscription_id=subscription.pk, when=When.NOW, reason=str(WITHDRAWN), actor=actor, at=at)


def _invoices(subscription: Subscription) -> list[str]:
    """The invoices that bill what was paid of the product. What was only offered, its end has taken back."""
    paid = Term.objects.filter(subscription=subscription, withdrawn_at=None, paid_at__isnull=False).exclude(invoice="")
    return sorted(set(paid.values_list("invoice", flat=True)))


def _credit(public_id: str, subscription: Subscription, *, actor: Actor, at: datetime) -> None:
    invoice = Invoice.objects.by_public_id(public_id).get()
    if invoice.state == InvoiceState.CREDITED:
        return
    lines = list(invoice.lines.order_by("position"))
    left = credit_notes.left_of(lines)
    nets = {line.pk: left[line.pk] for line in lines if line.subject == subscription.public_id and left[line.pk]}
    if nets:
        credit_notes.credit(invoice_id=invoice.pk, reason=WITHDRAWN, nets=nets, actor=actor, at=at)


def _send_back(public_id: str, returned: Money, *, actor: Actor, at: datetime) -> Money:
    """Have money of an invoice go back to the cards and accounts that paid it; return how much."""
    settled = Settlement.objects.filter(
        invoice__in=Invoice.objects.by_public_id(public_id), kind=SettlementKind.PAYMENT
    )
    left = returned
    for reference in settled.order_by("settled_at", "pk").values_list("reference", flat=True):
        payment = Payment.objects.by_public_id(reference.partition(":")[0]).first()
        amount = min(left, refunding.refundable(payment)) if payment else Money.zero(left.currency)
        if payment and amount and payment.gateway in gateways.known():
            refunding.ask(payment_id=payment.pk, amount=amount, reason=WITHDRAWN, key=ids.new(), actor=actor, at=at)
            left -= amount
    return returned - left
