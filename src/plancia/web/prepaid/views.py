"""The prepaid account: balance, statement as page, CSV and PDF."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from plancia.bank import queries as bank_queries
from plancia.billing import prepaid_statements
from plancia.kernel import clock, ids
from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.models import Organization
from plancia.organizations.roles import Permission
from plancia.payments.states import PaymentState
from plancia.subscriptions import coverage
from plancia.wallet import prepaid as prepaid_account
from plancia.wallet import queries as prepaid_queries
from plancia.wallet.models import AutomaticTopUp, TopUp
from plancia.wallet.queries import StatementRow
from plancia.web import asked

_LINKS = {"inv": ("invoice", "inv"), "ord": ("order", "ord")}


@dataclass(frozen=True, slots=True)
class Line:
    """A move on the page, with the page that explains it, where there is one."""

    row: StatementRow
    url: str


@guarded(Permission.SEE_BILLING)
def prepaid(request: MemberRequest, org: str) -> HttpResponse:
    """Show what stands on the account, what moved it, what is on its way, and how to add and take back money."""
    organization, at = request.access.organization, clock.now()
    page = prepaid_queries.statement(organization, page=asked.page(request))
    context = {
        "org": org,
        "page": page,
        "lines": [Line(row, _link(org, row)) for row in page],
        "payouts": bank_queries.payouts_of(organization.pk, number=3),
        "automatic": AutomaticTopUp.objects.filter(organization=organization).select_related("profile").first(),
        "top_up": _top_up(request, organization),
        "may_pay": request.access.may(Permission.PAY),
        "coverage": coverage.of(organization, at=at),
        "year": timezone.localtime(at).year,
    }
    return render(request, "prepaid/account.html", context)


@guarded(Permission.SEE_BILLING)
def statement_csv(request: MemberRequest, org: str) -> HttpResponse:
    """Hand out the statement of a year as CSV: what a spreadsheet reads, with amounts in full."""
    organization, year = request.access.organization, _year(request)
    told = prepaid_queries.statement_of_year(organization, year)
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["booked_at", "what", "subject", "amount", "balance", "currency", "reference"])
    for row in told.rows:
        rows.writerow(
            [
                row.at.isoformat(),
                _harmless(str(row.label)),
                _harmless(row.subject),
                row.amount.decimal,
                row.balance.decimal,
                row.amount.currency,
                _harmless(row.reference),
            ]
        )
    response = HttpResponse(written.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="prepaid-{year}.csv"'
    return response


@guarded(Permission.SEE_BILLING)
def statement_pdf(request: MemberRequest, org: str) -> HttpResponse:
    """Hand out the statement of a year as PDF."""
    year = _year(request)
    content = prepaid_statements.pdf(
        request.access.organization, year, language=str(request.LANGUAGE_CODE), at=clock.now()
    )
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="prepaid-{year}.pdf"'
    return response


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula. Source: OWASP, CSV injection."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    now: datetime = timezone.localtime(clock.now())
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 and int(text) > 1999 else now.year


def _link(org: str, row: StatementRow) -> str:
    prefix = row.subject.partition("_")[0]
    if prefix not in _LINKS or ids.parse(prefix, row.subject) is None:
        return ""
    name, argument = _LINKS[prefix]
    return reverse(name, kwargs={"org": org, argument: row.subject})


def _top_up(request: MemberRequest, organization: Organization) -> dict[str, object] | None:
    """What became of the top-up that the customer comes from: waited for, arrived, or failed."""
    asked_for = request.GET.get("top-up", "")[:60]
    if not asked_for:
        return None
    found = TopUp.objects.filter(organization=organization).by_public_id(asked_for).select_related("payment").first()
    if found is None:
        return None
    state = found.payment.state
    is_kept = state == PaymentState.SUCCEEDED and prepaid_account.is_kept(f"{found.payment.public_id}:topped-up")
    is_waited_for = state == PaymentState.PENDING or (state == PaymentState.SUCCEEDED and not is_kept)
    return {"amount": found.amount, "is_waiting": is_waited_for, "is_done": is_kept, "id": found.public_id}
