"""What staff see of people who leave: why they do, and the declarations that wait to be attributed."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from plancia.accounts.staffing import Duty
from plancia.catalog import queries as catalog
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit.guards import actor, staff_only
from plancia.leaving import declarations, queries
from plancia.leaving.models import Declaration
from plancia.support import queries as support
from plancia.support.feedback import Cause, Occasion

MONTHS = 12


class SettleForm(forms.Form):
    """The product that a declaration is found to be about; empty, where it is dealt with otherwise."""

    product = forms.CharField(label=gettext_lazy("Number of the product"), required=False, max_length=100)


@staff_only(Duty.ANSWER_REQUESTS)
@require_GET
def feedback(request: HttpRequest) -> HttpResponse:
    """Show what people say, and how often: by cause and by type of product, month by month."""
    months = _last_months(clock.now())
    names = {code: kind.name for code, kind in catalog.contents().types.items()}
    wanted = {name: request.GET.get(name, "")[:40] for name in ("occasion", "cause", "product_type")}
    wanted |= {"occasion": wanted["occasion"] if wanted["occasion"] in set(Occasion) else ""}
    number = request.GET.get("page", "")
    context = {
        "months": months,
        "causes": support.trends_by_cause(months),
        "types": support.trends_by_type(months, names),
        "page": support.feedback(**wanted, page=int(number) if number.isdecimal() and len(number) < 7 else 1),
        "occasions": [(one.value, one.label) for one in Occasion],
        "all_causes": [(one.value, one.label) for one in Cause],
        "names": names,
        **wanted,
    }
    return render(request, "staff/feedback.html", context)


@staff_only(Duty.ANSWER_REQUESTS)
@require_GET
def declared(request: HttpRequest) -> HttpResponse:
    """List the declarations of the public form: those that wait for staff first."""
    number = request.GET.get("page", "")
    page = queries.declarations(page=int(number) if number.isdecimal() and len(number) < 7 else 1)
    return render(request, "staff/declarations.html", {"page": page, "form": SettleForm()})


@staff_only(Duty.ANSWER_REQUESTS)
@require_POST
def settle(request: HttpRequest, declaration: str) -> HttpResponse:
    """Cancel the product that a declaration is about, or note that it is dealt with."""
    found = Declaration.objects.by_public_id(declaration).first()
    if found is None:
        raise Http404
    try:
        declarations.settle(
            declaration_id=found.pk, product=request.POST.get("product", ""), actor=actor(request), at=clock.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The declaration is dealt with."))
    return redirect("staff-declarations")


def _last_months(at: datetime) -> list[datetime]:
    """The first instants of the last months, the oldest first, as the database cuts them."""
    first = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    numbers = [first.year * 12 + first.month - 1 - back for back in reversed(range(MONTHS))]
    return [timezone.make_aware(datetime(number // 12, number % 12 + 1, 1)) for number in numbers]  # noqa: DTZ001
