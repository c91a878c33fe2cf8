"""An organization's orders: the list, the page of one, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from plancia.billing import parties, references
from plancia.billing.vat import Category, Tax
from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kit import formats, guards
from plancia.kit.guards import MemberRequest
from plancia.organizations.roles import Permission
from plancia.payments import gateways as card
from plancia.payments.methods import Method
from plancia.payments.states import PaymentState
from plancia.shop import cancellation, paying, queries, reordering
from plancia.shop import cart as carts
from plancia.shop import pro_forma as papers
from plancia.shop.models import Order
from plancia.shop.queries import Attempt, OrderDetail
from plancia.shop.states import OrderState
from plancia.wallet import prepaid
from plancia.web.shop import countries, gateways, taxes, visitor
from plancia.web.shop.forms import frequency

# How long the page expects the card company's answer and looks again by itself; later the customer does.
_CARD_ANSWER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an order's way: done, under way, failed or still to come."""

    name: str
    sub: str
    state: str


@require_safe
@guards.guarded(Permission.SEE_BILLING)
def orders(request: MemberRequest, org: str) -> HttpResponse:
    """Show the organization's orders, the newest first."""
    asked = request.GET.get("page", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else 1
    page = queries.orders(request.access.organization.pk, page=number)
    return render(request, "shop/orders.html", {"page": page})


@require_safe
@guards.guarded(Permission.SEE_BILLING)
def order(request: MemberRequest, org: str, ord: str) -> HttpResponse:
    """Show an order: what was ordered, how it is paid, and how far we are. What it says, it reads from the database."""
    return _page(request, _found(request, ord))


@require_POST
@guards.guarded(Permission.PAY)
def pay(request: MemberRequest, org: str, ord: str) -> HttpResponse:
    """Pay an open order: at once from the prepaid account, on the card company's page, or by a transfer to come."""
    at = clock.now()
    found = _found(request, ord)
    try:
        match request.POST.get("method"):
            case Method.PREPAID:
                paying.pay_with_prepaid(order_id=found.key, actor=guards.actor(request), at=at)
            case Method.CARD:
                row = Order.objects.get(pk=found.key)
                return gateways.to_card_page(request, org, row, at=at)
            case Method.TRANSFER:
                paying.wait_for_transfer(order_id=found.key)
            case _:
                messages.warning(request, _("Please choose how you want to pay."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("order", org=org, ord=ord)


@require_POST
@guards.guarded(Permission.ORDER)
def cancel(request: MemberRequest, org: str, ord: str) -> HttpResponse:
    """Give up an order that is not paid."""
    found = _found(request, ord)
    try:
        cancellation.cancel(order_id=found.key, actor=guards.actor(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The order is cancelled. Nothing is due for it."))
    return redirect("order", org=org, ord=ord)


@require_POST
@guards.guarded(Permission.ORDER)
def again(request: MemberRequest, org: str, ord: str) -> HttpResponse:
    """Put what an order had into the cart, for the same organization, at the prices of today."""
    at = clock.now()
    found = _found(request, ord)
    cart = visitor.cart_or_new(request, at=at)
    carts.choose_payer(cart_id=cart.pk, payer=org)
    visitor.choose_currency(request, found.total.currency, at=at)
    for refusal in reordering.put(order_id=found.key, cart_id=cart.pk, at=at):
        messages.warning(request, str(refusal))
    return redirect("cart")


@require_safe
@guards.guarded(Permission.SEE_BILLING)
def pro_forma(request: MemberRequest, org: str, ord: str) -> HttpResponse:
    """Give the paper to pay an open order by: a pro forma with the payment part."""
    found = _found(request, ord)
    if not found.is_open:
        raise Http404
    return HttpResponse(
        papers.pdf(Order.objects.get(pk=found.key)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="order-{found.number}.pdf"'},
    )


def _found(request: MemberRequest, public_id: str) -> OrderDetail:
    found = queries.order(request.access.organization.pk, public_id)
    if found is None:
        raise Http404
    return found


def _page(request: MemberRequest, found: OrderDetail) -> HttpResponse:
    may_pay = found.is_open and request.access.may(Permission.PAY)
    is_waiting = _card_under_way(found) and "pay" not in request.GET
    balance = prepaid.balance(request.access.organization) if may_pay else None
    context = {
        "order": found,
        "lines": [(line, frequency(line.months)) for line in found.lines],
        "steps": _steps(found, is_waiting=is_waiting),
        "story": taxes.story(_tax(found)),
        "country": countries.name(found.buyer.get("country", "")),
        "is_waiting": is_waiting,
        "is_moving": is_waiting or found.is_settling or (found.state is OrderState.PAID and not found.is_complete),
        "failed": found.attempts[0] if found.is_open and _has_failed(found.attempts) else None,
        "kept": [attempt for attempt in found.attempts if attempt.kept],
        "may_pay": may_pay,
        "is_held": found.state is OrderState.HELD,
        "may_order": not found.is_open and request.access.may(Permission.ORDER),
        "may_cancel": (found.is_open or found.state is OrderState.HELD) and request.access.may(Permission.ORDER),
        "methods": _methods(found, balance) if may_pay else [],
        "seller": parties.seller_for(found.buyer.get("country", "")),
        "iban": references.printed(parties.seller_for(found.buyer.get("country", "")).iban),
        "chosen_method": found.method,
        "reference": references.printed(found.payment_reference),
        "is_by_transfer": found.is_open and found.method == Method.TRANSFER,
    }
    response = render(request, "shop/order.html", context)
    return gateways.let_forms_lead_to_the_gateway(response)


def _tax(found: OrderDetail) -> Tax:
    row = found.taxes[0]
    return Tax(Category(row.category), Decimal(row.rate), row.country)


def _steps(found: OrderDetail, *, is_waiting: bool) -> list[Step]:
    placed = Step(_("Ordered"), formats.moment(found.placed_at), "done")
    if found.state in (OrderState.CANCELLED, OrderState.EXPIRED):
        ended = formats.moment(found.ended_at) if found.ended_at else ""
        return [placed, Step(str(found.state_label), ended, "failed")]
    if found.state is OrderState.HELD:
        coming = [Step(_("Payment"), "", "coming")] if found.total else []
        return [placed, Step(str(found.state_label), _("Somebody of us looks at it."), "current"), *coming]
    if found.is_open:
        sub = _("We wait for the card company’s answer.") if is_waiting else _("We wait for your payment.")
        coming = [Step(_("Invoice"), "", "coming")] if found.total else []
        return [placed, Step(_("Payment"), sub, "current"), *coming, Step(_("Set up"), "", "coming")]
    paid = Step(_("Paid"), formats.moment(found.paid_at) if found.paid_at else "", "done")
    invoice = [Step(_("Invoice"), found.invoice_number, "done")] if found.invoice else []
    if found.is_complete:
        return [placed, paid, *invoice, Step(_("Ready"), _("Everything runs."), "done")]
    count = _("%(ready)s of %(all)s ready") % {"ready": found.running, "all": len(found.lines)}
    return [placed, paid, *invoice, Step(_("Being set up"), count, "current")]


def _card_under_way(found: OrderDetail) -> bool:
    return found.is_open and any(
        attempt.method is Method.CARD
        and attempt.state == PaymentState.PENDING
        and clock.now() - attempt.started_at < _CARD_ANSWER
        for attempt in found.attempts
    )


def _has_failed(attempts: Sequence[Attempt]) -> bool:
    return bool(attempts) and attempts[0].state == PaymentState.FAILED


def _methods(found: OrderDetail, balance: Money | None) -> list[tuple[Method, Money | None, bool]]:
    """Return the ways to pay an open order: each with the balance it has, and whether it can be chosen."""
    covers = balance is not None and balance.currency == found.total.currency and balance >= found.total
    ways: list[tuple[Method, Money | None, bool]] = [
        (Method.PREPAID, balance, covers),
        *([(Method.CARD, None, True)] if card.names() else []),
        (Method.TRANSFER, None, True),
    ]
    return [way for way in ways if way[0] != Method.TRANSFER or found.method != Method.TRANSFER]
