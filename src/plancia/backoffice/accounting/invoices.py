"""One invoice as staff see it, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from plancia.accounts.staffing import Duty
from plancia.backoffice.accounting.forms import CreditForm
from plancia.billing import credit_notes, documents, references
from plancia.billing import queries as billing
from plancia.billing.models import Invoice
from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kit.forms import tell
from plancia.kit.guards import SignedInRequest, actor, staff_only
from plancia.ledger import browsing


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def invoice(request: SignedInRequest, invoice: str) -> HttpResponse:
    """Show an invoice or credit note, what settled it, and its postings to those who see the books."""
    row = _found(invoice)
    detail = billing.invoice(row.organization_id, row.public_id, at=clock.now())
    duties = request.user.duties
    context = {
        "invoice": detail,
        "row": detail.row if detail else None,
        "organization": row.organization,
        "reference": references.printed(row.payment_reference),
        "postings": browsing.postings_of(row.public_id) if Duty.SEE_BOOKS in duties else [],
        "may_credit": Duty.RETURN_MONEY in duties and not row.is_credit_note and row.state != "credited",
        "may_record": Duty.RECORD_MONEY in duties and row.state == "open",
    }
    return render(request, "staff/accounting/invoice.html", context)


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def invoice_pdf(request: HttpRequest, invoice: str) -> HttpResponse:
    """Hand out the PDF that the customer has."""
    row = _found(invoice)
    response = HttpResponse(documents.pdf(row), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    return response


@staff_only(Duty.RETURN_MONEY)
@require_http_methods(["GET", "POST"])
def credit_note(request: HttpRequest, invoice: str) -> HttpResponse:
    """Take an invoice back, whole or some of its lines, with a reason. Sent twice, it is done once."""
    row = _found(invoice)
    if row.is_credit_note:
        raise Http404
    lines = list(row.lines.select_related("invoice").order_by("position"))
    before = credit_notes.credited_so_far(row)
    form = CreditForm(lines, credit_notes.left_of(lines), request.POST or None, initial={"seen": before.net.minor})
    if request.method == "POST" and form.is_valid():
        try:
            note = credit_notes.credit(
                invoice_id=row.pk,
                reason=form.cleaned_data["reason"],
                actor=actor(request),
                at=clock.now(),
                nets=form.nets,
                seen=Money(form.cleaned_data["seen"], row.currency),
            )
        except Refusal as refusal:
            tell(form, refusal)
        except ValueError:
            form.add_error(None, _("An amount is finer than the currency."))
        else:
            messages.success(request, _("Credit note %(number)s is issued.") % {"number": note.number})
            return redirect("staff-invoice", invoice=note.public_id)
    context = {"invoice": row, "form": form, "open": billing.open_of(_with_open(row))}
    return render(request, "staff/accounting/credit_note.html", context, status=422 if form.is_bound else 200)


def _with_open(row: Invoice) -> Invoice:
    return billing.with_open(Invoice.objects.filter(pk=row.pk)).get()


def _found(public_id: str) -> Invoice:
    rows = Invoice.objects.by_public_id(public_id).select_related("organization", "corrects")
    row: Invoice | None = rows.first()
    if row is None:
        raise Http404
    return row
