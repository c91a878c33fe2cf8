"""VAT of some days by country, and open items by age."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from plancia.accounts.staffing import Duty
from plancia.backoffice.accounting.forms import DayForm, PeriodForm
from plancia.billing import parties, registers
from plancia.billing import reports as billing_reports
from plancia.kit import asked
from plancia.kit.guards import staff_only

_MONTHS = 3
_SHORTCUTS = 4


@staff_only(Duty.SEE_BOOKS)
@require_GET
def vat(request: HttpRequest) -> HttpResponse:
    """Show the VAT of some days per country and rate, and whether the ledger agrees."""
    form, first, last = _period(request)
    due = billing_reports.taxes_due(first, last)
    context = {
        "form": form,
        "first": first,
        "last": last,
        "rows": [(row, _entity(row.entity)) for row in billing_reports.vat(first, last)],
        "due": [(one, _entity(one.entity)) for one in due],
        "agrees": all(one.agrees for one in due),
        "quarters": _quarters(timezone.localdate()),
        "has_entities": len(parties.entities()) > 1,
    }
    return render(request, "staff/accounting/vat.html", context, status=422 if form.errors else 200)


@staff_only(Duty.SEE_BOOKS)
@require_GET
def vat_csv(request: HttpRequest) -> HttpResponse:
    """Hand out the VAT of some days as CSV."""
    _form, first, last = _period(request)
    heads = [_("Company"), _("Country"), _("Category"), _("VAT rate"), _("Rule"), _("Currency")]
    lines = [registers.line([*heads, _("Invoices"), _("Credit notes"), _("Net"), _("VAT")])]
    for row in billing_reports.vat(first, last):
        what = [_entity(row.entity), row.country, row.category, row.rate, row.rule, row.currency]
        lines.append(registers.line([*what, row.invoices, row.credit_notes, row.net.decimal, row.tax.decimal]))
    response = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="vat-{first:%Y%m%d}-{last:%Y%m%d}.csv"'
    return response


@staff_only(Duty.SEE_BOOKS)
@require_GET
def open_items(request: HttpRequest) -> HttpResponse:
    """Show who owed what at the end of a day, by age."""
    today = timezone.localdate()
    form = DayForm(request.GET if "on" in request.GET else None, initial={"on": today})
    on = form.cleaned_data["on"] if form.is_bound and form.is_valid() else today
    context = {
        "form": form,
        "on": on,
        "totals": billing_reports.open_totals(on),
        "page": billing_reports.open_items(on, page=asked.page(request)),
    }
    return render(request, "staff/accounting/open_items.html", context, status=422 if form.errors else 200)


def _period(request: HttpRequest) -> tuple[PeriodForm, date, date]:
    """The days that are asked for; the last whole quarter, where none are."""
    first, last = _quarters(timezone.localdate())[0]
    form = PeriodForm(request.GET if "first" in request.GET else None, initial={"first": first, "last": last})
    if form.is_bound and form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    return form, first, last


def _quarters(today: date) -> list[tuple[date, date]]:
    """The quarters that are over, the last first."""
    begins = today.replace(month=(today.month - 1) // _MONTHS * _MONTHS + 1, day=1)
    found = []
    for _number in range(_SHORTCUTS):
        last = begins - timedelta(days=1)
        begins = last.replace(month=last.month - _MONTHS + 1, day=1)
        found.append((begins, last))
    return found


def _entity(code: str) -> str:
    return next((one.seller.name for one in parties.entities() if one.seller.code == code), code)
