"""Orders that a rule holds: why, and what staff decide."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from plancia.accounts.staffing import Duty
from plancia.kernel import clock
from plancia.kernel.pages import page_of
from plancia.kernel.refusals import Refusal
from plancia.kit import asked
from plancia.kit.guards import actor, staff_only
from plancia.shop import brake
from plancia.shop.models import Order
from plancia.shop.states import OrderState


@staff_only(Duty.RECORD_MONEY)
@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """List the orders that are held, the oldest first, with the rules that hold them."""
    found = Order.objects.filter(state=OrderState.HELD).select_related("organization").order_by("placed_at", "pk")
    page = page_of(
        found, lambda order: (order, [brake.words(name) for name in order.held_for]), number=asked.page(request)
    )
    return render(request, "staff/held.html", {"page": page})


@staff_only(Duty.RECORD_MONEY)
@require_POST
def release(request: HttpRequest, order: str) -> HttpResponse:
    """Let a held order go."""
    brake.release(order_id=_found(order).pk, actor=actor(request), at=clock.now())
    messages.success(request, _("The order is released. The customer is told."))
    return redirect("staff-held")


@staff_only(Duty.RECORD_MONEY)
@require_POST
def refuse(request: HttpRequest, order: str) -> HttpResponse:
    """Refuse a held order, for a reason that the customer reads."""
    try:
        brake.refuse(
            order_id=_found(order).pk,
            reason=request.POST.get("reason", "")[:1000],
            actor=actor(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The order is refused. The customer is told."))
    return redirect("staff-held")


def _found(public_id: str) -> Order:
    found: Order | None = Order.objects.by_public_id(public_id).first()
    if found is None:
        raise Http404
    return found
