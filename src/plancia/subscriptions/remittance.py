"""Remittance: the money for what a customer chose to pay at once, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import issuing, numbering, parties
from plancia.billing import settlement as billing_settlement
from plancia.billing.models import Invoice
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import charging
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.subscriptions import events, plan_change, renewal, selection, settlement
from plancia.subscriptions.models import Selection, SelectionPayment, Subscription, Term
from plancia.subscriptions.selection import Quote, SelectionChanged
from plancia.wallet import prepaid


class NotPayable(Refusal):
    """The selection waits for no money: it is paid, or has ended."""

    code = "selection_not_payable"
    sentence = _("This payment is complete, or too old. Please look at what is to pay.")


@transaction.atomic
def pay_with_prepaid(*, selection_id: UUID, actor: Actor, at: datetime) -> Selection:
    """
    Pay a selection from the prepaid account and carry it out, at once and as a whole.

    Raises: NotPayable; SelectionChanged; InsufficientFunds; then nothing happened.
    """
    chosen = _open(selection_id)
    selection.require_unchanged(chosen, at=at)
    payment = prepaid.spend(
        organization_id=chosen.organization_id, purpose=chosen.public_id, amount=chosen.total, actor=actor, at=at
    )
    chosen.choose(Method.PREPAID, prepaid=chosen.total)
    receive(selection_id=chosen.pk, payment=payment.public_id, amount=payment.amount, at=at)
    chosen.refresh_from_db()
    return chosen


@transaction.atomic
def start_card(*, selection_id: UUID, from_prepaid: Money, actor: Actor, at: datetime) -> Payment:
    """
    Start a card payment for what `from_prepaid` leaves, or go on with the one that is under way.

    The prepaid account pays its part when the card's has come, and not before.

    Raises: NotPayable; SelectionChanged.
    """
    chosen = _open(selection_id)
    selection.require_unchanged(chosen, at=at)
    rest = chosen.total - from_prepaid
    if not rest.is_positive or from_prepaid.minor < 0:
        raise ValueError(f"{from_prepaid} of {chosen.total} leaves nothing for a card")
    chosen.choose(Method.CARD, prepaid=from_prepaid)
    waiting: Payment | None = (
        Payment.objects.filter(organization_id=chosen.organization_id, purpose=chosen.public_id)
        .filter(state=PaymentState.PENDING, method=Method.CARD, amount_minor=rest.minor)
        .order_by("-started_at", "-pk")
        .first()
    )
    return waiting or charging.start(
        organization_id=chosen.organization_id, purpose=chosen.public_id, amount=rest, actor=actor, at=at
    )


@transaction.atomic
def wait_for_transfer(*, selection_id: UUID, at: datetime) -> Selection:
    """Let a selection wait for a bank transfer under its reference. Raises: NotPayable; SelectionChanged."""
    chosen = _open(selection_id)
    selection.require_unchanged(chosen, at=at)
    chosen.choose(Method.TRANSFER, prepaid=Money.zero(chosen.currency))
    return chosen


@transaction.atomic
def receive(*, selection_id: UUID, payment: str, amount: Money, at: datetime) -> SelectionPayment:
    """
    Decide, once, what becomes of a payment that came for a selection: it pays it, or is kept as prepaid money.

    A selection is carried out when its whole total is there and it still is what was shown. Money that came in parts,
    too little, too late or twice, is kept. Asked again about the same payment, it only answers.

    Units: `amount` is what stands on the incoming account for this payment.
    """
    chosen = _lock(selection_id)
    judged: SelectionPayment | None = SelectionPayment.objects.filter(payment=payment).first()
    if judged:
        return judged
    applied = Money.zero(amount.currency)
    if chosen.is_open and amount.currency == chosen.currency and amount >= chosen.total - _part(chosen):
        try:
            with transaction.atomic():
                _carry_out(chosen, payment=payment, amount=min(amount, chosen.total), at=at)
            applied = min(amount, chosen.total)
        except (SelectionChanged, InsufficientFunds):
            chosen.refresh_from_db()
    kept = amount - applied
    row = _judge(chosen, payment, applied=applied, kept=kept, at=at)
    if kept:
        prepaid.keep(organization_id=chosen.organization_id, amount=kept, reference=f"{payment}:kept", at=at)
        facts.publish(
            events.SelectionPaymentKept(
                organization_id=chosen.organization_id,
                happened_at=at,
                selection=chosen.public_id,
                payment=payment,
                kept_minor=kept.minor,
                currency=kept.currency,
            )
        )
    return row


@transaction.atomic
def pay_with_parts(*, selection_id: UUID, at: datetime) -> Selection:
    """
    Pay an open selection for which enough came in parts, each of which was kept on the prepaid account.

    Where less came, or what came was spent, or the selection is not what was shown any more, nothing happens.
    """
    chosen = _lock(selection_id)
    came = chosen.payments.filter(currency=chosen.currency).aggregate(sum=Sum("kept_minor"))["sum"] or 0
    if not chosen.is_open or not came or came + chosen.prepaid_minor < chosen.total_minor:
        return chosen
    try:
        with transaction.atomic():
            return pay_with_prepaid(selection_id=selection_id, actor=SYSTEM, at=at)
    except (InsufficientFunds, SelectionChanged):
        return chosen


@transaction.atomic
def end_expired(*, at: datetime) -> int:
    """End selections that nobody paid in time; return how many. Money that comes later is kept."""
    due = list(Selection.objects.filter(state="open", expires_at__lte=at).select_for_update(skip_locked=True)[:1_000])
    for chosen in due:
        chosen.end(at=at)
    return len(due)


def _carry_out(chosen: Selection, *, payment: str, amount: Money, at: datetime) -> None:
    # The products first, with those on the same invoices; only then what is to be done is looked at.
    renewal.locked_with_companions(_picks(chosen))
    selection.require_unchanged(chosen, at=at)

    parts = [(payment, amount)]
    if missing := chosen.total - amount:
        rest = prepaid.spend(
            organization_id=chosen.organization_id, purpose=chosen.public_id, amount=missing, actor=SYSTEM, at=at
        )
        parts.append((rest.public_id, missing))
        _judge(chosen, rest.public_id, applied=missing, kept=Money.zero(missing.currency), at=at)

    invoices = _change(chosen, parts, at=at) if chosen.is_change else _renew(chosen, parts, at=at)
    chosen.mark_paid(invoices=[invoice.public_id for invoice in invoices], at=at)
    trail.record(
        SYSTEM,
        "selection.paid",
        chosen.public_id,
        organization_id=chosen.organization_id,
        at=at,
        invoices=[invoice.number for invoice in invoices],
        total_minor=chosen.total_minor,
        currency=chosen.currency,
    )


def _renew(chosen: Selection, parts: Sequence[tuple[str, Money]], *, at: datetime) -> list[Invoice]:
    priced = selection.again(chosen)
    invoices = [line.invoice for line in priced.invoices]
    if priced.terms:
        invoices.append(_bill(chosen, priced, at=at))
    _settle(invoices, parts, at=at)
    for invoice in invoices:
        settlement.record_paid(invoice=invoice.public_id, at=at)
    return invoices


def _change(chosen: Selection, parts: Sequence[tuple[str, Money]], *, at: datetime) -> list[Invoice]:
    product, wish = selection.wish_of(chosen)
    plan_change.carry_out(
        shown=chosen.lines,
        subscription_id=product,
        wish=wish,
        quoted_at=chosen.placed_at,
        paid=parts,
        actor=SYSTEM,
        at=at,
    )
    public_id = ids.public(Subscription.prefix, product)
    return list(Invoice.objects.filter(purpose=public_id, issued_at=at, kind="invoice").order_by("-pk")[:1])


def _bill(chosen: Selection, priced: Quote, *, at: datetime) -> Invoice:
    """Take back what is offered of these products, and bill the terms that were chosen on one new invoice."""
    renewal.withdraw(subscription_ids=priced.subscription_ids, actor=SYSTEM, at=at)
    invoice = issuing.issue(
        organization_id=chosen.organization_id,
        lines=priced.drafts(),
        purpose=chosen.public_id,
        buyer=parties.buyer(priced.organization),
        currency=chosen.currency,
        language=priced.organization.language,
        due_on=numbering.civil_date(at),
        at=at,
        actor=SYSTEM,
        tax=priced.tax,
    )
    for term in priced.terms:
        term.invoice, term.offered_at = invoice.public_id, at
    Term.objects.bulk_create(priced.terms)
    return invoice


def _settle(invoices: Sequence[Invoice], parts: Sequence[tuple[str, Money]], *, at: datetime) -> None:
    """Apply what came to the invoices, one after the other: it is as much as they ask for together."""
    left = list(parts)
    for invoice in invoices:
        due = billing_settlement.open_amount(invoice)
        while due:
            payment, amount = left.pop(0)
            applied = min(amount, due)
            billing_settlement.settle(invoice_id=invoice.pk, amount=applied, reference=f"{payment}:applied", at=at)
            due -= applied
            if amount - applied:
                left.insert(0, (payment, amount - applied))


def _judge(chosen: Selection, payment: str, *, applied: Money, kept: Money, at: datetime) -> SelectionPayment:
    row: SelectionPayment = SelectionPayment.objects.create(
        organization_id=chosen.organization_id,
        selection=chosen,
        payment=payment,
        currency=applied.currency,
        applied_minor=applied.minor,
        kept_minor=kept.minor,
        judged_at=at,
    )
    return row


def _part(chosen: Selection) -> Money:
    """What the prepaid account adds to a payment; nothing to a transfer, whose customer was shown the whole."""
    return Money(chosen.prepaid_minor if chosen.method == Method.CARD else 0, chosen.currency)


def _picks(chosen: Selection) -> list[UUID]:
    if chosen.is_change:
        return [selection.wish_of(chosen)[0]]
    keys = (ids.parse(Subscription.prefix, key) for key, _months, _terms in chosen.picks)
    return [key for key in keys if key]


def _open(selection_id: UUID) -> Selection:
    chosen = _lock(selection_id)
    if not chosen.is_open:
        raise NotPayable()
    return chosen


def _lock(selection_id: UUID) -> Selection:
    """Take a selection, and its organization before it, for this transaction."""
    organization_id = Selection.objects.values_list("organization_id", flat=True).get(pk=selection_id)
    Organization.objects.locked().get(pk=organization_id)
    chosen: Selection = Selection.objects.locked().get(pk=selection_id)
    return chosen
