"""One payment, what was disputed of it, and sending it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from plancia.accounts.staffing import Duty
from plancia.backoffice.forms import TransferForm
from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit.forms import tell
from plancia.kit.guards import actor, staff_only
from plancia.payments import gateways
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.wallet import prepaid, refunding


class RefundForm(TransferForm):
    """How much of a payment goes back, and why."""

    reason = forms.CharField(label=gettext_lazy("Why it goes back"), max_length=300)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["bank_reference"]
        self.fields["amount"].label = _("Amount")


@staff_only(Duty.RETURN_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def payment(request: HttpRequest, payment: str) -> HttpResponse:
    """Show a payment, and send money of it back to the card or account it came from."""
    row: Payment | None = Payment.objects.by_public_id(payment).select_related("organization", "profile").first()
    if row is None:
        raise Http404
    left = refunding.refundable(row)
    form = RefundForm(request.POST or None, currency=row.currency, initial={"amount": left.decimal, "key": ids.new()})
    if request.method == "POST" and form.is_valid():
        try:
            refunding.ask(
                payment_id=row.pk,
                amount=form.cleaned_data["amount"],
                reason=form.cleaned_data["reason"],
                key=form.cleaned_data["key"],
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("The money goes back as soon as the payment provider has taken it."))
            return redirect("staff-payment", payment=payment)
    context = {
        "payment": row,
        "form": form,
        "left": left,
        "balance": prepaid.balance(row.organization),
        "may_refund": row.state == PaymentState.SUCCEEDED and row.gateway in gateways.known() and left.is_positive,
        "refunds": list(row.refunds.order_by("-asked_at", "-pk")),
        "disputes": list(row.disputes.order_by("-opened_at", "-pk")),
    }
    return render(request, "staff/payment.html", context, status=422 if form.is_bound else 200)
