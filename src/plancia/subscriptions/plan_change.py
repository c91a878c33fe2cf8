"""
Plan change: another plan, quantity or frequency for a product, now or from its next term.

A quote is shown, and executed exactly as it was shown or not at all. Now: what is unused of the paid terms is credited
to the cent, the terms are cut, and a new one begins. From the next term: a wish on file, which the next offer follows
and which can be taken back until it takes effect.

Source: SPEC 5.6 and 5.7, docs/decisions/0031-no-day-is-paid-twice.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from plancia.audit import trail
from plancia.billing import credit_notes, issuing, numbering, parties
from plancia.billing import settlement as billing_settlement
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.provisioning.states import Presence
from plancia.subscriptions import change_quotes, events, fulfilment, renewal
from plancia.subscriptions.change_quotes import Quote, When, Wish
from plancia.subscriptions.frequencies import Conditions
from plancia.subscriptions.models import Change, Subscription, Term
from plancia.wallet import prepaid

CHANGED = gettext_noop("The product goes on at other conditions; the unused days are credited.")


class NoChangeWaiting(Refusal):
    """Only a change that waits can be taken back."""

    code = "no_change_waiting"
    sentence = _("There is no change to take back.")


@transaction.atomic
def carry_out(
    *,
    shown: dict[str, Any],
    subscription_id: UUID,
    wish: Wish,
    quoted_at: datetime,
    paid: Sequence[tuple[str, Money]] = (),
    actor: Actor,
    at: datetime,
) -> Change:
    """
    Do what a quote said: now, or put it on file for the next term.

    `paid` is the money that came for it and stands on the incoming account, by payment; it is as much as the quote's
    total. The rest of the new invoice is paid with what was credited.

    Raises: QuoteChanged, and then nothing happened.
    """
    renewal.locked_with_companions([subscription_id])
    made = change_quotes.require_same(shown, subscription_id=subscription_id, wish=wish, quoted_at=quoted_at, at=at)
    Change.objects.filter(subscription=made.subscription, applied_at=None, withdrawn_at=None).update(withdrawn_at=at)
    # What is offered is offered at the old conditions.
    if wish.when is When.NOW:
        renewal.withdraw(subscription_ids=[made.subscription.pk], actor=actor, at=at)
    change = _file(made, actor=actor, at=at)
    if wish.when is When.NEXT_TERM:
        renewal.reoffer(subscription_ids=[made.subscription.pk], actor=actor, at=at)
        return change

    _give_back(made, actor=actor, at=at)
    invoice = _bill(made, actor=actor, at=at) if made.net else None
    Term.objects.create(
        organization_id=made.subscription.organization_id,
        subscription=made.subscription,
        plan=made.conditions.plan,
        quantity=wish.quantity,
        starts_at=made.period.starts_at,
        ends_at=made.period.ends_at,
        months=wish.months,
        price=made.conditions.price,
        net_minor=made.net.minor,
        currency=made.net.currency,
        invoice=invoice.public_id if invoice else "",
        offered_at=at,
        paid_at=at,
    )
    _take_effect(made.subscription, made.conditions, change, at=at)
    if wish.months != made.subscription.months:
        made.subscription.anchor_at = made.period.starts_at
    made.subscription.months, made.subscription.paid_until = wish.months, made.period.ends_at
    made.subscription.save(update_fields=["months", "anchor_at", "paid_until"])
    if invoice:
        _settle(invoice, paid, actor=actor, at=at)
    return change


@transaction.atomic
def take_back(*, subscription_id: UUID, actor: Actor, at: datetime) -> Subscription:
    """
    Undo a change that waits for the next term; what was offered at its conditions is offered anew at the present ones.

    Raises: NoChangeWaiting, where none does, or the term it was for is paid.
    """
    subscription: Subscription = renewal.locked_with_companions([subscription_id])[subscription_id]
    waiting = Change.objects.filter(subscription=subscription, applied_at=None, withdrawn_at=None)
    is_paid = Term.objects.filter(
        subscription=subscription,
        starts_at__in=waiting.values("effective_at"),
        withdrawn_at=None,
        paid_at__isnull=False,
    )
    if is_paid.exists() or not waiting.update(withdrawn_at=at):
        raise NoChangeWaiting()
    renewal.reoffer(subscription_ids=[subscription.pk], actor=actor, at=at)
    trail.record(
        actor,
        "subscription.change_taken_back",
        subscription.public_id,
        organization_id=subscription.organization_id,
        at=at,
    )
    return subscription


@transaction.atomic
def apply_due(*, at: datetime) -> int:
    """Let changes take effect whose term has begun and is paid; return how many."""
    due = Change.objects.filter(applied_at=None, withdrawn_at=None, effective_at__lte=at).order_by(
        "organization_id", "pk"
    )
    return sum(apply(subscription_id=key, at=at) for key in due.values_list("subscription_id", flat=True))


@transaction.atomic
def apply(*, subscription_id: UUID, at: datetime) -> bool:
    """Let the change that waits for a product take effect, if its term has begun and is paid; say whether it did."""
    subscription: Subscription = (
        Subscription.objects.locked().select_related("plan__product_type").get(pk=subscription_id)
    )
    change = Change.objects.filter(subscription=subscription, applied_at=None, withdrawn_at=None).first()
    if change is None or change.effective_at > at or subscription.has_ended:
        return False
    term = (
        Term.objects.filter(subscription=subscription, withdrawn_at=None, paid_at__isnull=False)
        .filter(starts_at__gte=change.effective_at, starts_at__lte=at)
        .select_related("plan__product_type", "price")
        .order_by("starts_at")
        .first()
    )
    if term is None:
        return False
    _take_effect(subscription, Conditions(term.plan, term.months, term.quantity, term.price), change, at=at)
    return True


def _give_back(made: Quote, *, actor: Actor, at: datetime) -> None:
    for invoice, nets in change_quotes.nets_by_invoice(made.credits).items():
        credit_notes.credit(invoice_id=invoice, nets=nets, reason=CHANGED, actor=actor, at=at)
    for one in made.credits:
        one.term.cut(at=made.at, credited=one.net)


def _bill(made: Quote, *, actor: Actor, at: datetime) -> Invoice:
    subscription, organization = made.subscription, made.subscription.organization
    what = renewal.description(made.conditions.plan, subscription.name, organization.language)
    if made.wish.quantity > 1:
        what = f"{what} × {made.wish.quantity}"
    return issuing.issue(
        organization_id=organization.pk,
        lines=[
            LineDraft(
                description=what,
                quantity=1,
                unit_price=made.net,
                net=made.net,
                subject=subscription.public_id,
                price_id=made.conditions.price.pk,
                period=made.period,
            )
        ],
        purpose=subscription.public_id,
        buyer=parties.buyer(organization),
        currency=made.net.currency,
        language=organization.language,
        due_on=numbering.civil_date(at),
        at=at,
        actor=actor,
        tax=made.tax,
    )


def _settle(invoice: Invoice, paid: Sequence[tuple[str, Money]], *, actor: Actor, at: datetime) -> None:
    """With the money that came for it, and for the rest with what was credited."""
    parts = list(paid)
    rest = invoice.total - Money.total((amount for _payment, amount in parts), invoice.currency)
    if rest:
        payment = prepaid.spend(
            organization_id=invoice.organization_id, purpose=invoice.public_id, amount=rest, actor=actor, at=at
        )
        parts.append((payment.public_id, rest))
    for payment_id, amount in parts:
        billing_settlement.settle(invoice_id=invoice.pk, amount=amount, reference=f"{payment_id}:applied", at=at)


def _file(made: Quote, *, actor: Actor, at: datetime) -> Change:
    change: Change = Change.objects.create(
        organization_id=made.subscription.organization_id,
        subscription=made.subscription,
        plan=made.conditions.plan,
        months=made.wish.months,
        quantity=made.wish.quantity,
        filed_by=actor.label,
        filed_at=at,
        effective_at=made.period.starts_at,
    )
    trail.record(
        actor,
        "subscription.change_filed",
        made.subscription.public_id,
        organization_id=made.subscription.organization_id,
        at=at,
        plan=made.wish.plan,
        months=made.wish.months,
        quantity=made.wish.quantity,
        when=made.wish.when,
        credited_minor=made.credited.minor,
        total_minor=made.total.minor,
    )
    return change


def _take_effect(subscription: Subscription, conditions: Conditions, change: Change, *, at: datetime) -> None:
    is_other = (conditions.plan.pk, conditions.quantity) != (subscription.plan_id, subscription.quantity)
    subscription.plan, subscription.price = conditions.plan, conditions.price
    subscription.quantity = conditions.quantity
    subscription.save(update_fields=["plan", "price", "quantity"])
    if is_other:
        fulfilment.want([subscription], Presence.RUNNING, at=at)
    change.apply(at=at)
    trail.record(
        SYSTEM,
        "subscription.changed",
        subscription.public_id,
        organization_id=subscription.organization_id,
        at=at,
        plan=conditions.plan.code,
        months=conditions.months,
        quantity=conditions.quantity,
    )
    facts.publish(
        events.SubscriptionChanged(
            organization_id=subscription.organization_id,
            happened_at=at,
            subscription=subscription.public_id,
            plan=conditions.plan.code,
            months=conditions.months,
            quantity=conditions.quantity,
        )
    )
