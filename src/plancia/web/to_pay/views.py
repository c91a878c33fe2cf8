"""The list of what is to pay: ticking, frequencies, the running total."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.roles import Permission
from plancia.subscriptions import selection
from plancia.subscriptions import to_pay as due_queries
from plancia.subscriptions.selection import Pick, Quote
from plancia.subscriptions.to_pay import DueRow
from plancia.web import asked, shell
from plancia.web.shop import taxes
from plancia.web.shop.forms import frequency
from plancia.web.to_pay import ticks
from plancia.web.to_pay.ticks import Ticks


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list, as it is ticked."""

    row: DueRow
    is_ticked: bool
    months: int
    terms: int
    frequencies: list[tuple[int, str]]
    counts: str  # the options of the drop-down; none where only one term may be paid
    total: Money


@guarded(Permission.SEE_BILLING)
@require_http_methods(["GET", "HEAD", "POST"])
def to_pay(request: MemberRequest, org: str) -> HttpResponse:
    """List what is to pay, with the total of what is ticked; what is sent by the form is only counted."""
    at = clock.now()
    ticked = ticks.read(request, request.access.organization, at)
    return _page(request, ticked, form=_form_key(request), refusal="")


@guarded(Permission.PAY)
@require_POST
def select(request: MemberRequest, org: str) -> HttpResponse:
    """Write down what is ticked, and go on to pay it."""
    at = clock.now()
    organization = request.access.organization
    ticked, form = ticks.read(request, organization, at), _form_key(request)
    try:
        placed = selection.place(
            organization=organization,
            picks=ticked.picks,
            idempotency_key=ticked.key(form),
            language=get_language() or organization.language,
            at=at,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _page(request, ticked, form=form, refusal=str(refusal), status=422)
    return redirect("selection", org=org, sel=placed.public_id)


def _page(request: MemberRequest, ticked: Ticks, *, form: UUID, refusal: str, status: int = 200) -> HttpResponse:
    at = clock.now()
    organization, ahead = request.access.organization, ticks.ahead(request, at)
    found = due_queries.due(
        organization, at=at, ahead=ahead, contents=shell.contents(request), page=asked.page(request)
    )
    quote, refusal = _quote(request, ticked, refusal)
    chosen = ticked.by_key
    listed = {row.key for row in (*found.invoices, *found.products.rows)}
    context = {
        "found": found,
        "page": found.products,
        "invoices": [_line(row, chosen.get(row.key)) for row in found.invoices],
        "products": [_line(row, chosen.get(row.key)) for row in found.products.rows],
        "elsewhere": [pick for pick in ticked.picks if pick.key not in listed],
        "shows_all": ahead is None,
        "wants_all": ticked.wants_all,
        "form_key": form,
        "quote": quote,
        "count": len(ticked.picks),
        "story": taxes.story(quote.tax) if quote and quote.totals else None,
        "billed": Money.total((line.open for line in quote.invoices), quote.currency) if quote else None,
        "refusal": refusal,
        "may_pay": request.access.may(Permission.PAY),
    }
    return render(request, "to_pay/list.html", context, status=status)


def _quote(request: MemberRequest, ticked: Ticks, refusal: str) -> tuple[Quote | None, str]:
    if not ticked.picks or refusal:
        return None, refusal
    try:
        return selection.quote(organization=request.access.organization, picks=ticked.picks, at=clock.now()), ""
    except Refusal as refused:
        return None, str(refused)


def _line(row: DueRow, pick: Pick | None) -> Line:
    months = pick.months if pick and pick.months else row.months
    known = next((one for one in row.frequencies if one.months == months), None)
    most = known.most_terms if known else row.most_terms
    terms = min(pick.terms if pick else 1, most)
    total = row.total if months == row.months or known is None else known.total
    return Line(
        row=row,
        is_ticked=pick is not None,
        months=months,
        terms=terms,
        frequencies=[(one.months, frequency(one.months)) for one in row.frequencies],
        counts=_counts(row.most_terms, terms) if row.most_terms > 1 else "",
        total=total.times(terms),
    )


@lru_cache(maxsize=1_000)
def _counts(most: int, chosen: int) -> str:
    # Not in the template: of fifty rows with ten years of months each, the numbers took half of the page's time.
    options = ((number, " selected" if number == chosen else "", number) for number in range(1, most + 1))
    return format_html_join("", '<option value="{}"{}>× {}</option>', options)


def _form_key(request: MemberRequest) -> UUID:
    try:
        return UUID(request.POST.get("form", ""))
    except ValueError:
        return uuid4()
