"""
Withdrawal: a consumer takes a new contract back, without a reason, and is paid back.

Source: Directive 2011/83/EU, art. 9 to 14 and 11a; leaving/laws.toml; docs/decisions/0085-leaving-by-law.md.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from plancia.billing import credit_notes
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.leaving import events, law
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import cancellation
from plancia.subscriptions.cancellation import NotCancellable, When
from plancia.subscriptions.models import Subscription, Term
from plancia.wallet import prepaid

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
def withdraw(*, subscription_id: UUID, email: str, language: str, actor: Actor, at: datetime) -> Money:
    """
    Take the contract of a product back: it ends at once, and what was paid for it comes back. Returns that.

    Units: what its lines on invoices bill, with tax; paid money goes to the prepaid account, from which it is paid out.
    Raises: NoRightToWithdraw; NotCancellable, where it has ended.
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
    before = prepaid.balance(organization)
    for public_id in _invoices(subscription):
        _credit(public_id, subscription, actor=actor, at=at)
    returned = prepaid.balance(organization) - before
    facts.publish(
        events.ContractWithdrawn(
            organization_id=organization.pk,
            happened_at=at,
            subscription=subscription.public_id,
            email=email,
            language=language,
            returned=returned,
        )
    )
    return returned


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
