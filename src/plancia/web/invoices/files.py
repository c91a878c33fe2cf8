"""Invoices as files: for spreadsheets, bookkeeping programs and the Italian exchange system, all in one archive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from plancia.billing import archives, fattura_pa, numbering, registers, settlement
from plancia.billing import queries as invoice_queries
from plancia.billing.models import Archive, Invoice, Line
from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kit.forms import tell
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations.roles import Permission
from plancia.web.billing_addresses.forms import ArchiveForm
from plancia.web.invoices.views import asked_filter


@guarded(Permission.SEE_BILLING)
def invoices_csv(request: MemberRequest, org: str) -> HttpResponse:
    """Hand out the list of invoices as CSV, narrowed as the page is."""
    shown, search = asked_filter(request)
    found = invoice_queries.narrowed(request.access.organization.pk, filter=shown, search=search, at=clock.now())
    response = HttpResponse("".join(registers.csv_lines(found)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="invoices.csv"'
    return response


@guarded(Permission.SEE_BILLING)
def invoice_ubl(request: MemberRequest, org: str, inv: str) -> HttpResponse:
    """Hand out an invoice as UBL."""
    # Here, as its library takes most of a second to import.
    from plancia.billing import electronic_invoices

    def written(invoice: Invoice, lines: list[Line], due: Money) -> bytes:
        return electronic_invoices.ubl(invoice, lines, paid=invoice.total - due)

    return _xml(request, inv, written, lambda invoice: f"{invoice.number}-ubl.xml")


@guarded(Permission.SEE_BILLING)
def invoice_fattura_pa(request: MemberRequest, org: str, inv: str) -> HttpResponse:
    """Hand out an invoice as FatturaPA; where a code is missing, say so and lead to where it is entered."""

    def written(invoice: Invoice, lines: list[Line], due: Money) -> bytes:
        return fattura_pa.xml(invoice, lines, due=due)

    try:
        return _xml(request, inv, written, fattura_pa.file_name)
    except fattura_pa.TaxCodeMissing as refusal:
        messages.error(request, str(refusal))
        return redirect("billing-address", org=org, adr="in-use")
    except fattura_pa.NotItalian as refusal:
        raise Http404 from refusal


@guarded(Permission.SEE_BILLING)
def archives_page(request: MemberRequest, org: str) -> HttpResponse:
    """Ask for all documents of some days as one file; show how far those are that were asked for."""
    organization, at = request.access.organization, clock.now()
    today = numbering.civil_date(at)
    first = today.replace(month=1, day=1)
    form = ArchiveForm(request.POST or None, initial={"first_on": first, "last_on": today})
    if form.is_valid():
        try:
            archives.ask(organization_id=organization.pk, **form.cleaned_data, actor=actor(request), at=at)
        except Refusal as refusal:
            tell(form, refusal)
        else:
            return redirect("invoice-archives", org=org)
    made = archives.newest(organization.pk)
    context = {
        "form": form,
        "archives": made,
        "is_moving": any(one.finished_at is None and at - one.requested_at < timedelta(hours=1) for one in made),
    }
    return render(request, "invoices/archives.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.SEE_BILLING)
def archive_file(request: MemberRequest, org: str, arc: str) -> HttpResponseBase:
    """Hand out an archive."""
    organization = request.access.organization
    archive = Archive.objects.filter(organization=organization).by_public_id(arc).first()
    if archive is None:
        raise Http404
    try:
        packed = archives.file(archive, language=translation.get_language() or "en")
    except archives.ArchiveNotReady as refusal:
        messages.info(request, str(refusal))
        return redirect("invoice-archives", org=org)
    name = f"{_('invoices')}-{archive.first_on:%Y%m%d}-{archive.last_on:%Y%m%d}.zip"
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")


def _xml(
    request: MemberRequest,
    inv: str,
    written: Callable[[Invoice, list[Line], Money], bytes],
    name: Callable[[Invoice], str],
) -> HttpResponse:
    rows = Invoice.objects.filter(organization=request.access.organization).select_related("organization", "corrects")
    invoice = rows.by_public_id(inv).first()
    if invoice is None:
        raise Http404
    with translation.override(invoice.language):
        content = written(invoice, list(invoice.lines.order_by("position")), settlement.open_amount(invoice))
    response = HttpResponse(content, content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{name(invoice)}"'
    return response
