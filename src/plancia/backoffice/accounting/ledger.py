"""The ledger, page by page: from headings to accounts to entries, from a document to its postings and back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from plancia.accounts.staffing import Duty
from plancia.kit import asked
from plancia.kit.guards import staff_only
from plancia.ledger import accounts as chart
from plancia.ledger import browsing
from plancia.ledger.browsing import PostingRow

#: Where the documents are that postings name, by the prefix of their ids.
_DOCUMENTS = {
    "inv": ("staff-invoice", "invoice"),
    "ord": ("staff-order", "order"),
    "org": ("staff-organization", "organization"),
}


@staff_only(Duty.SEE_BOOKS)
@require_GET
def headings(request: HttpRequest) -> HttpResponse:
    """Show the headings with their balances, and look for postings by what their reference begins with."""
    search = asked.text(request, "q")
    context = {
        "search": search,
        "headings": browsing.headings() if not search else [],
        "page": browsing.search(search, page=asked.page(request)) if search else None,
    }
    return render(request, "staff/accounting/ledger.html", context)


@staff_only(Duty.SEE_BOOKS)
@require_GET
def heading(request: HttpRequest, heading: str) -> HttpResponse:
    """List the accounts of a heading."""
    if heading not in {one.name for one in chart.headings()}:
        raise Http404
    search = asked.text(request, "q")
    page = browsing.accounts(heading, search=search, page=asked.page(request))
    return render(request, "staff/accounting/heading.html", {"heading": heading, "page": page, "search": search})


@staff_only(Duty.SEE_BOOKS)
@require_GET
def account(request: HttpRequest, account: str) -> HttpResponse:
    """List the entries of an account, the newest first."""
    row = browsing.account(account)
    if row is None:
        raise Http404
    context = {
        "account": row,
        "heading": row.code.partition(":")[0],
        "page": browsing.entries(account, page=asked.page(request)),
    }
    return render(request, "staff/accounting/account.html", context)


@staff_only(Duty.SEE_BOOKS)
@require_GET
def posting(request: HttpRequest, posting: str) -> HttpResponse:
    """Show a posting whole, with the way to the documents that it names."""
    row = browsing.posting(posting)
    if row is None:
        raise Http404
    return render(
        request, "staff/accounting/posting.html", {"posting": row, "postings": [row], "documents": _ways(row)}
    )


@staff_only(Duty.SEE_BOOKS)
@require_GET
def document(request: HttpRequest, document: str) -> HttpResponse:
    """Show all postings that name a document; where there is one, that one."""
    rows = browsing.postings_of(document)
    if not rows:
        raise Http404
    if len(rows) == 1:
        return redirect("staff-posting", posting=rows[0].id)
    context = {"document": document, "postings": rows, "way": _way(document)}
    return render(request, "staff/accounting/document.html", context)


def _ways(row: PostingRow) -> list[tuple[str, str]]:
    """The documents that a posting names, with the address of each; of payments that of all its postings."""
    return [(document, _way(document) or reverse("staff-postings-of", args=[document])) for document in row.documents]


def _way(document: str) -> str:
    prefix = document.partition("_")[0]
    if prefix not in _DOCUMENTS:
        return ""
    name, keyword = _DOCUMENTS[prefix]
    return reverse(name, kwargs={keyword: document})
