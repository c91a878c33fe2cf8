"""
Which fact becomes which mail, and to whom.

A mail about money goes to the billing address and to whoever sees billing, each in her language. Its reference keeps it
from being written twice, however often the fact is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from plancia.accounts.models import User
from plancia.billing import parties, references, settlement
from plancia.billing.events import CreditNoteIssued, InvoiceIssued, InvoicePaid
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import ids
from plancia.kernel.money import Money
from plancia.notices import composing, outgoing
from plancia.notices.composing import Attachment
from plancia.organizations import invitations
from plancia.organizations import queries as organization_queries
from plancia.organizations.events import MemberInvited, OrganizationFounded
from plancia.organizations.models import Invitation, Organization
from plancia.organizations.queries import Recipient
from plancia.organizations.roles import Role
from plancia.outbox.events import Event
from plancia.outbox.facts import handles
from plancia.payments.events import PaymentFailed
from plancia.payments.methods import Method
from plancia.shop.events import (
    OrderHeld,
    OrderPaid,
    OrderPaymentKept,
    OrderPlaced,
    OrderRefused,
    OrderReleased,
    OrderUnderpaid,
)
from plancia.shop.models import Order, OrderLine
from plancia.subscriptions import collection, dunning
from plancia.subscriptions.events import InvoiceReminded, RenewalNotCollected, SubscriptionActivated
from plancia.subscriptions.models import Subscription

#: The customer gave up herself: she knows.
GIVEN_UP = "given_up"


@handles(OrganizationFounded)
def welcome(event: OrganizationFounded, *, at: datetime) -> None:
    """Greet who founded an organization."""
    subject = _subject(event)
    user_id = ids.parse(User.prefix, event.user)
    assert user_id is not None
    user = User.objects.get(pk=user_id)
    _tell(
        "welcome",
        subject,
        about=event.organization,
        context={"url": subject.link("organization")},
        recipients=[Recipient(user.email, user.name, user.language)],
        at=at,
    )


@handles(MemberInvited)
def member_invited(event: MemberInvited, *, at: datetime) -> None:
    """Write to who is invited, in the language that was chosen; once for each sending."""
    invitation: Invitation = Invitation.objects.by_public_id(event.invitation).get()
    if not invitation.is_waiting:
        return
    subject = _subject(event)
    context = {
        "inviter": invitation.invited_by_name,
        "greeting": f"{invitation.first_name} {invitation.last_name}".strip(),
        "role": Role(invitation.role).label,
        "expires_at": invitation.expires_at,
        "url": settings.BASE_URL + reverse("invitation-accept", kwargs={"token": invitations.token(invitation)}),
    }
    recipient = Recipient(invitation.email, invitation.name, invitation.language)
    about = f"{event.invitation}:{invitation.round}"
    _tell("invitation", subject, about=about, context=context, recipients=[recipient], at=at)


@handles(OrderPlaced)
def order_placed(event: OrderPlaced, *, at: datetime) -> None:
    """Say how to pay an order by transfer; other methods are paid on the spot."""
    if event.method != Method.TRANSFER:
        return
    subject, order = _subject(event), _order(event.order)
    seller = parties.seller()
    context = {
        "number": order.number,
        "total": order.total,
        "reference": references.printed(order.payment_reference),
        "account": " ".join(seller.iban[start : start + 4] for start in range(0, len(seller.iban), 4)),
        "holder": seller.name,
        "expires_at": order.expires_at,
        "url": subject.link("order", ord=event.order),
    }
    _tell("order_placed", subject, about=event.order, context=context, at=at)


@handles(OrderHeld)
def order_held(event: OrderHeld, *, at: datetime) -> None:
    """Say that somebody looks at an order before it starts."""
    _tell_of_order("order_held", event, event.order, at=at)


@handles(OrderReleased)
def order_released(event: OrderReleased, *, at: datetime) -> None:
    """Say that an order which was held can be paid now."""
    _tell_of_order("order_released", event, event.order, at=at)


@handles(OrderRefused)
def order_refused(event: OrderRefused, *, at: datetime) -> None:
    """Say that an order was refused, and why."""
    _tell_of_order("order_refused", event, event.order, at=at, reason=event.reason)


@handles(OrderPaid)
def order_paid(event: OrderPaid, *, at: datetime) -> None:
    """Thank for an order that is paid, with its invoice."""
    subject, order = _subject(event), _order(event.order)
    invoice = _invoice(event.invoice) if event.invoice else None
    lines: Iterable[OrderLine] = order.lines.order_by("position")
    context = {
        "number": order.number,
        "total": order.total,
        "lines": [(line.description, Money(line.net_minor, order.currency)) for line in lines],
        "tax": Money(order.tax_minor, order.currency),
        "invoice_number": invoice.number if invoice else "",
        "url": subject.link("order", ord=event.order),
    }
    _tell("order_paid", subject, about=event.order, context=context, attached=invoice, at=at)


@handles(OrderUnderpaid)
def order_underpaid(event: OrderUnderpaid, *, at: datetime) -> None:
    """Say that less came than an order costs, where the money is, and what is missing."""
    missing = Money(event.missing_minor, event.currency)
    _tell_kept(event, order=event.order, payment=event.payment, kept_minor=event.kept_minor, missing=missing, at=at)


@handles(OrderPaymentKept)
def order_payment_kept(event: OrderPaymentKept, *, at: datetime) -> None:
    """Say that money came which no order waited for, and where it is."""
    _tell_kept(event, order=event.order, payment=event.payment, kept_minor=event.kept_minor, missing=None, at=at)


def _tell_of_order(notice: str, event: Event, public_id: str, *, at: datetime, **more: object) -> None:
    subject, order = _subject(event), _order(public_id)
    url = subject.link("order", ord=public_id)
    context = {"number": order.number, "total": order.total, "url": url, "seller": parties.seller().email, **more}
    _tell(notice, subject, about=public_id, context=context, at=at)


@handles(PaymentFailed)
def payment_failed(event: PaymentFailed, *, at: datetime) -> None:
    """Say that a payment for an order did not go through, while the order still waits."""
    key = ids.parse(Order.prefix, event.purpose)
    if key is None or event.code == GIVEN_UP:
        return
    order = Order.objects.get(pk=key)
    if not order.is_open:
        return
    subject = _subject(event)
    context = {"number": order.number, "total": order.total, "url": subject.link("order", ord=order.public_id)}
    _tell("payment_failed", subject, about=event.payment, context=context, at=at)


@handles(InvoiceIssued)
def invoice_issued(event: InvoiceIssued, *, at: datetime) -> None:
    """Send an invoice. That of an order goes with the thanks for its payment."""
    if not _is_for_an_order(event.purpose):
        _tell_invoice("invoice_issued", event, event.invoice, is_attached=True, at=at)


@handles(InvoicePaid)
def invoice_paid(event: InvoicePaid, *, at: datetime) -> None:
    """Thank for an invoice that is paid."""
    if not _is_for_an_order(event.purpose):
        _tell_invoice("invoice_paid", event, event.invoice, is_attached=False, at=at)


@handles(CreditNoteIssued)
def credit_note_issued(event: CreditNoteIssued, *, at: datetime) -> None:
    """Send a credit note, and say where the money is."""
    _tell_invoice(
        "credit_note_issued",
        event,
        event.credit_note,
        is_attached=True,
        at=at,
        returned=Money(event.returned_minor, event.currency) if event.returned_minor else None,
    )


@handles(SubscriptionActivated)
def product_active(event: SubscriptionActivated, *, at: datetime) -> None:
    """Say that a product runs."""
    subject = _subject(event)
    product = Subscription.objects.by_public_id(event.subscription).get()
    context = {
        "product": product.name,
        "paid_until": product.paid_until,
        "url": subject.link("product", sub=event.subscription),
    }
    _tell("product_active", subject, about=event.subscription, context=context, at=at)


@handles(RenewalNotCollected)
def renewal_not_collected(event: RenewalNotCollected, *, at: datetime) -> None:
    """Say that a renewal was not paid by itself, why, and when it is tried again."""
    subject, invoice = _subject(event), _invoice(event.invoice)
    if invoice.state != InvoiceState.OPEN:
        return
    context = {
        "number": invoice.number,
        "total": invoice.total,
        "due_on": invoice.due_on,
        "why": collection.sentence(event.outcome),
        "next_at": event.next_at,
        "url": subject.link("invoice", inv=event.invoice),
    }
    _tell("renewal_not_collected", subject, about=f"{event.invoice}:{event.number}", context=context, at=at)


@handles(InvoiceReminded)
def invoice_reminded(event: InvoiceReminded, *, at: datetime) -> None:
    """Remind of an invoice, and say what follows while it stays unpaid."""
    subject, invoice = _subject(event), _invoice(event.invoice)
    if invoice.state != InvoiceState.OPEN:
        return
    context = {
        "number": invoice.number,
        "open": settlement.open_amount(invoice),
        "due_on": invoice.due_on,
        "reference": references.printed(invoice.payment_reference),
        "is_late": event.step >= 0,
        "coming": [
            step
            for step in dunning.steps(invoice, promised=dunning.promise_of(event.invoice), at=at)
            if not step.is_past and step.changes_products
        ],
        "url": subject.link("invoice", inv=event.invoice),
    }
    _tell("invoice_reminder", subject, about=f"{event.invoice}:{event.step}", context=context, at=at)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The organization that a mail is about."""

    id: UUID
    public_id: str
    name: str

    def link(self, page: str, **kwargs: str) -> str:
        return str(settings.BASE_URL) + reverse(page, kwargs={"org": self.public_id, **kwargs})


def _subject(event: Event) -> _Subject:
    assert event.organization_id is not None
    organization = Organization.objects.get(pk=event.organization_id)
    return _Subject(organization.pk, organization.public_id, organization.name)


def _tell_kept(event: Event, *, order: str, payment: str, kept_minor: int, missing: Money | None, at: datetime) -> None:
    subject, found = _subject(event), _order(order)
    context = {
        "number": found.number,
        "kept": Money(kept_minor, found.currency),
        "missing": missing,
        "reference": references.printed(found.payment_reference),
        "url": subject.link("order", ord=order) if missing else subject.link("prepaid"),
    }
    _tell("payment_kept", subject, about=payment, context=context, at=at)


def _tell_invoice(name: str, event: Event, public_id: str, *, is_attached: bool, at: datetime, **more: Any) -> None:
    subject, invoice = _subject(event), _invoice(public_id)
    context = {
        "number": invoice.number,
        "total": invoice.total,
        "due_on": invoice.due_on,
        "reference": references.printed(invoice.payment_reference),
        "url": subject.link("invoice", inv=public_id),
        **more,
    }
    _tell(name, subject, about=public_id, context=context, attached=invoice if is_attached else None, at=at)


def _tell(
    name: str,
    subject: _Subject,
    *,
    about: str,
    context: dict[str, Any],
    at: datetime,
    attached: Invoice | None = None,
    recipients: Sequence[Recipient] | None = None,
) -> None:
    attachments = [Attachment(f"{attached.number}.pdf", attached.pk)] if attached else []
    outgoing.write_down(
        [
            composing.compose(
                name,
                recipient,
                {**context, "organization": subject.name},
                organization_id=subject.id,
                about=about,
                attachments=attachments,
            )
            for recipient in (recipients or organization_queries.who_minds_billing(subject.id))
        ],
        at=at,
    )


def _order(public_id: str) -> Order:
    found: Order = Order.objects.by_public_id(public_id).get()
    return found


def _invoice(public_id: str) -> Invoice:
    found: Invoice = Invoice.objects.by_public_id(public_id).get()
    return found


def _is_for_an_order(purpose: str) -> bool:
    return ids.parse(Order.prefix, purpose) is not None
