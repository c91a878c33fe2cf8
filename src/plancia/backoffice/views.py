"""The console of the provider's staff: everything of every organization, asked as the role *staff*."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from plancia.accounts.models import User
from plancia.accounts.staffing import Duty
from plancia.backoffice import queries
from plancia.backoffice.forms import TransferForm
from plancia.billing import settlement
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kernel.rows import Row
from plancia.kit.guards import actor, staff_only
from plancia.organizations import queries as organization_queries
from plancia.organizations.models import Organization
from plancia.payments import transfers
from plancia.payments.states import PaymentState
from plancia.provisioning import contents, manual, reconciling
from plancia.provisioning.models import ManualTask, Resource
from plancia.shop.models import Order
from plancia.shop.states import OrderState
from plancia.subscriptions.states import SubscriptionState
from plancia.wallet import prepaid

Found = TypeVar("Found", bound=Row)


@staff_only(Duty.ENTER)
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for staff, to those who may see customers."""
    if Duty.SEE_CUSTOMERS not in cast(User, request.user).duties:
        return render(request, "staff/home.html")
    at = clock.now()
    open_orders = queries.orders(search="", state=OrderState.OPEN, page=1)
    context = {
        "waiting": queries.waiting(today=timezone.localdate(at), at=at),
        "orders": open_orders.rows[:8],
        "resources": queries.resources(search="", state="stuck", page=1).rows[:8],
    }
    return render(request, "staff/home.html", context)


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def organizations(request: HttpRequest) -> HttpResponse:
    """List the organizations."""
    search = _search(request)
    page = queries.organizations(search=search, page=_page(request))
    return render(request, "staff/organizations.html", {"page": page, "search": search})


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def organization(request: HttpRequest, organization: str) -> HttpResponse:
    """Show one organization: who it is, its members, and the newest of what it has."""
    row = _found(Organization, organization)
    today = timezone.localdate()
    context = {
        "organization": row,
        "members": organization_queries.members(row.pk),
        "prepaid": prepaid.balance(row),
        "products": queries.products(search="", state="", page=1, organization_id=row.pk),
        "orders": queries.orders(search="", state="", page=1, organization_id=row.pk),
        "invoices": queries.invoices(search="", state="", today=today, page=1, organization_id=row.pk),
    }
    return render(request, "staff/organization.html", context)


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """List the orders."""
    search, state = _search(request), _state(request, OrderState)
    page = queries.orders(search=search, state=state, page=_page(request))
    return render(request, "staff/orders.html", {"page": page, "search": search, "state": state, "states": OrderState})


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def order(request: HttpRequest, order: str) -> HttpResponse:
    """Show one order, and the form that confirms a bank transfer for it."""
    row = _found(Order, order)
    form = TransferForm(currency=row.currency, initial={"amount": row.total.decimal})
    return _order_page(request, row, form)


@staff_only(Duty.RECORD_MONEY)
@require_POST
def confirm_transfer(request: HttpRequest, order: str) -> HttpResponse:
    """Record a bank transfer for an order. What the order does not need goes to the prepaid account."""
    row = _found(Order, order)
    form = TransferForm(request.POST, currency=row.currency)
    if form.is_valid() and _record(request, form, row.organization_id, row.public_id):
        messages.success(request, _("The transfer is recorded. The order is settled in a moment."))
        return redirect("staff-order", order=row.public_id)
    return _order_page(request, row, form, status=422)


def _order_page(request: HttpRequest, order: Order, form: TransferForm, status: int = 200) -> HttpResponse:
    context = {
        "order": queries.order_row(order),
        "lines": [
            (line.description, line.quantity, Money(line.net_minor, order.currency))
            for line in order.lines.order_by("position")
        ],
        "net": Money(order.net_minor, order.currency),
        "tax": Money(order.tax_minor, order.currency),
        "payments": queries.payments_for(order.public_id),
        "is_open": order.state == OrderState.OPEN,
        "expires_at": order.expires_at,
        "form": form,
    }
    return render(request, "staff/order.html", context, status=status)


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def invoices(request: HttpRequest) -> HttpResponse:
    """List the invoices and credit notes."""
    search, today = _search(request), timezone.localdate()
    state = request.GET.get("state", "")
    state = state if state in {"overdue", *InvoiceState} else ""
    page = queries.invoices(search=search, state=state, today=today, page=_page(request))
    return render(
        request,
        "staff/invoices.html",
        {"page": page, "search": search, "state": state, "states": ["open", "overdue", "paid", "credited"]},
    )


@staff_only(Duty.RECORD_MONEY)
def confirm_invoice_transfer(request: HttpRequest, invoice: str) -> HttpResponse:
    """Show the form for a bank transfer that pays an invoice, and record it."""
    row = _found(Invoice, invoice)
    left = settlement.open_amount(row)
    form = TransferForm(request.POST or None, currency=row.currency, initial={"amount": left.decimal})
    if request.method == "POST" and form.is_valid() and _record(request, form, row.organization_id, row.public_id):
        messages.success(request, _("The transfer is recorded. The invoice is settled in a moment."))
        return redirect("staff-invoices")
    return render(
        request,
        "staff/invoice_transfer.html",
        {"invoice": row, "open": left, "form": form},
        status=422 if form.is_bound else 200,
    )


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def products(request: HttpRequest) -> HttpResponse:
    """List the products."""
    search, state = _search(request), _state(request, SubscriptionState)
    page = queries.products(search=search, state=state, page=_page(request))
    return render(
        request,
        "staff/products.html",
        {"page": page, "search": search, "state": state, "states": SubscriptionState},
    )


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    """List the payments."""
    search, state = _search(request), _state(request, PaymentState)
    page = queries.payments(search=search, state=state, page=_page(request))
    return render(
        request, "staff/payments.html", {"page": page, "search": search, "state": state, "states": PaymentState}
    )


@staff_only(Duty.RUN_SERVICES)
@require_GET
def provisioning(request: HttpRequest) -> HttpResponse:
    """Show the provisioning queue: what is stuck and why, and the work that a driver asks of people."""
    search = _search(request)
    state = request.GET.get("state", "")
    state = state if state in {"stuck", "all"} else ""
    context = {
        "page": queries.resources(search=search, state=state, page=_page(request)),
        "tasks": queries.manual_tasks(),
        "search": search,
        "state": state,
    }
    return render(request, "staff/provisioning.html", context)


@staff_only(Duty.RUN_SERVICES)
@require_POST
def attempt(request: HttpRequest, resource: str) -> HttpResponse:
    """Let the reconciler try a resource at once, instead of at its next turn."""
    reconciling.hurry(resource_id=_found(Resource, resource).pk, at=clock.now())
    messages.success(request, _("It is tried again now."))
    return redirect("staff-provisioning")


@staff_only(Duty.RUN_SERVICES)
@require_POST
def finish_task(request: HttpRequest, task: str) -> HttpResponse:
    """Record that somebody did what the manual driver asked."""
    listed = contents.typed(request.POST.get("contents", "").replace("\0", "")[:20_000])
    manual.finish(task_id=_found(ManualTask, task).pk, contents=listed, actor=actor(request), at=clock.now())
    messages.success(request, _("The task is done."))
    return redirect("staff-provisioning")


def _record(request: HttpRequest, form: TransferForm, organization_id: object, purpose: str) -> bool:
    try:
        transfers.record(
            organization_id=organization_id,  # type: ignore[arg-type]  # a foreign key's value
            purpose=purpose,
            amount=form.cleaned_data["amount"],
            bank_reference=form.cleaned_data["bank_reference"],
            actor=actor(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error("bank_reference", str(refusal))
        return False
    return True


def _found(model: type[Found], public_id: str) -> Found:
    row = cast("Found | None", model.objects.by_public_id(public_id).first())
    if row is None:
        raise Http404
    return row


def _search(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


def _state(request: HttpRequest, states: type[StrEnum]) -> str:
    state = request.GET.get("state", "")
    return state if state in set(states) else ""


def _page(request: HttpRequest) -> int:
    number = request.GET.get("page", "")
    return int(number) if number.isdecimal() and len(number) < 7 else 1
