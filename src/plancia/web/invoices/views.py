"""Invoices: the list, the page of one, its PDF."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from plancia.billing import documents, references
from plancia.billing import queries as invoice_queries
from plancia.billing.models import Invoice
from plancia.billing.queries import Filter
from plancia.kernel import clock
from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.roles import Permission
from plancia.web import asked
from plancia.web.invoices import explaining

PAGE_SIZE = 50


@guarded(Permission.SEE_BILLING)
def invoices(request: MemberRequest, org: str) -> HttpResponse:
    """List invoices and credit notes, the newest first."""
    shown, search = asked_filter(request)
    return render(
        request,
        "invoices/list.html",
        {
            "filters": list(Filter),
            "shown": shown,
            "search": search,
            "is_filtered": shown is not Filter.ALL or bool(search),
            "page": invoice_queries.invoices(
                request.access.organization.pk,
                filter=shown,
                search=search,
                page=asked.page(request),
                size=PAGE_SIZE,
                at=clock.now(),
            ),
        },
    )


def asked_filter(request: MemberRequest) -> tuple[Filter, str]:
    """Return which invoices the request wants, and the piece of a number that it looks for."""
    wanted = asked.text(request, "show")
    return Filter(wanted) if wanted in set(Filter) else Filter.ALL, asked.text(request, "q")


@guarded(Permission.SEE_BILLING)
def invoice(request: MemberRequest, org: str, inv: str) -> HttpResponse:
    """Show one invoice with all that explains its amounts."""
    found = invoice_queries.invoice(request.access.organization.pk, inv, at=clock.now())
    if found is None:
        raise Http404
    return render(
        request,
        "invoices/invoice.html",
        {
            "invoice": found,
            "row": found.row,
            "lines": explaining.lines(found),
            "is_italian": found.buyer.country == "IT",
            "may_edit": request.access.may(Permission.ORDER),
            "reference": references.printed(found.payment_reference),
            "currency": found.net.currency,
        },
    )


@guarded(Permission.SEE_BILLING)
def invoice_pdf(request: MemberRequest, org: str, inv: str) -> HttpResponse:
    """Hand out the PDF, as it was first rendered."""
    kept = Invoice.objects.filter(organization=request.access.organization).by_public_id(inv).first()
    if kept is None:
        raise Http404
    response = HttpResponse(documents.pdf(kept), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{kept.number}.pdf"'
    return response
