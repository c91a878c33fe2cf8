"""Paying a selection: the page that shows it unchanged, asks how to pay, and says what became of it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from plancia.billing import documents, numbering, parties, references
from plancia.billing.models import Invoice
from plancia.kernel import clock, ids
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kit import guards
from plancia.kit.guards import MemberRequest
from plancia.organizations.roles import Permission
from plancia.payments import gateways as card
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.subscriptions import change_quotes, remittance
from plancia.subscriptions import selection as selections
from plancia.subscriptions.models import Selection
from plancia.subscriptions.selection import Quote, SelectionChanged
from plancia.wallet import prepaid
from plancia.web.shop import gateways, taxes
from plancia.web.shop.forms import frequency

# How long the page expects the card company's answer and looks again by itself; later the customer does.
_CARD_ANSWER = timedelta(minutes=15)


@require_safe
@guards.guarded(Permission.SEE_BILLING)
def selection(request: MemberRequest, org: str, sel: str) -> HttpResponse:
    """Show what was chosen, how it can be paid, and whether it is."""
    found = _found(request, sel)
    quote, change = _again(found), _change(found)
    last = _last_attempt(found)
    is_waiting = (
        found.is_open
        and last is not None
        and last.state == PaymentState.PENDING
        and clock.now() - last.started_at < _CARD_ANSWER
        and "pay" not in request.GET
    )
    balance = prepaid.balance(request.access.organization)
    fits = balance.currency == found.currency
    may_pay = (quote or change) is not None and request.access.may(Permission.PAY)
    context = {
        "selection": found,
        "quote": quote,
        "change": change,
        "change_story": taxes.story(change.tax) if change else None,
        "frequency": frequency(change.wish.months) if change else "",
        "terms": [(draft, frequency(draft.months)) for draft in quote.terms] if quote else [],
        "story": taxes.story(quote.tax) if quote and quote.totals else None,
        "is_waiting": is_waiting,
        "has_failed": found.is_open and last is not None and last.state == PaymentState.FAILED and not is_waiting,
        "kept": [Money(one.kept_minor, one.currency) for one in found.payments.order_by("pk") if one.kept_minor],
        "may_pay": may_pay and not is_waiting,
        "methods": _methods(found, balance) if may_pay else [],
        "balance": balance,
        "rest": found.total - balance if fits and 0 < balance.minor < found.total_minor and card.names() else None,
        "is_by_transfer": found.is_open and quote is not None and found.method == Method.TRANSFER,
        "seller": parties.seller(),
        "iban": references.printed(parties.seller().iban),
        "reference": references.printed(found.payment_reference),
        "paid": _paid(found),
    }
    response = render(request, "to_pay/selection.html", context)
    return gateways.let_forms_lead_to_the_gateway(response)


@require_POST
@guards.guarded(Permission.PAY)
def pay(request: MemberRequest, org: str, sel: str) -> HttpResponse:
    """Pay: at once from the prepaid account, on the card company's page, or by a transfer to come."""
    at, actor = clock.now(), guards.actor(request)
    found = _found(request, sel)
    try:
        match request.POST.get("method"):
            case Method.PREPAID:
                remittance.pay_with_prepaid(selection_id=found.pk, actor=actor, at=at)
            case Method.CARD:
                payment = remittance.start_card(
                    selection_id=found.pk, from_prepaid=_from_prepaid(request, found), actor=actor, at=at
                )
                return _to_card_page(request, org, found, payment)
            case Method.TRANSFER:
                remittance.wait_for_transfer(selection_id=found.pk, at=at)
            case _:
                messages.warning(request, _("Please choose how you want to pay."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("selection", org=org, sel=sel)


@require_safe
@guards.guarded(Permission.SEE_BILLING)
def pro_forma(request: MemberRequest, org: str, sel: str) -> HttpResponse:
    """Give the paper to pay an open selection by."""
    found = _found(request, sel)
    quote = _again(found)
    if quote is None or not quote.totals:
        # What is billed already has its invoice.
        raise Http404
    number = found.payment_reference[-8:]
    paper = documents.pro_forma(
        documents.ProForma(
            number=number,
            issued_on=numbering.civil_date(found.placed_at),
            due_on=numbering.civil_date(found.expires_at),
            language=found.language,
            buyer=parties.buyer(request.access.organization),
            lines=quote.drafts(),
            totals=quote.totals,
            reference=found.payment_reference,
        )
    )
    return HttpResponse(
        paper,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="pro-forma-{number}.pdf"'},
    )


def _found(request: MemberRequest, public_id: str) -> Selection:
    found: Selection | None = (
        Selection.objects.filter(organization=request.access.organization).by_public_id(public_id).first()
    )
    if found is None:
        raise Http404
    return found


def _again(found: Selection) -> Quote | None:
    if not found.is_open or found.is_change:
        return None
    try:
        return selections.again(found)
    except SelectionChanged:
        return None


def _change(found: Selection) -> change_quotes.Quote | None:
    if not found.is_open or not found.is_change:
        return None
    try:
        return selections.change_of(found, at=clock.now())
    except SelectionChanged:
        return None


def _last_attempt(found: Selection) -> Payment | None:
    last: Payment | None = (
        Payment.objects.filter(organization_id=found.organization_id, purpose=found.public_id, method=Method.CARD)
        .order_by("-started_at", "-pk")
        .first()
    )
    return last


def _methods(found: Selection, balance: Money) -> list[tuple[Method, Money | None, bool]]:
    """Return the ways to pay: each with the balance it has, and whether it can be chosen."""
    covers = balance.currency == found.currency and balance >= found.total
    ways: list[tuple[Method, Money | None, bool]] = [
        (Method.PREPAID, balance, covers),
        *([(Method.CARD, None, True)] if card.names() else []),
        # A quote for a change now does not stand as long as a transfer takes.
        *([] if found.is_change else [(Method.TRANSFER, None, True)]),
    ]
    return [way for way in ways if way[0] != Method.TRANSFER or found.method != Method.TRANSFER]


def _from_prepaid(request: MemberRequest, found: Selection) -> Money:
    nothing = Money.zero(found.currency)
    if request.POST.get("from_prepaid") != "1":
        return nothing
    balance = prepaid.balance(request.access.organization)
    # Where it covers everything, nobody would be left to charge.
    return balance if balance.currency == found.currency and balance < found.total else nothing


def _to_card_page(request: MemberRequest, org: str, found: Selection, payment: Payment) -> HttpResponse:
    back = request.build_absolute_uri(reverse("selection", kwargs={"org": org, "sel": found.public_id}))
    gateway = card.gateway(payment.gateway)
    language = str(getattr(request, "LANGUAGE_CODE", "en"))
    return HttpResponseRedirect(gateway.checkout_url(payment, return_url=back, language=language))


def _paid(found: Selection) -> list[tuple[str, str, Money]]:
    keys = [key for text in found.invoices if (key := ids.parse(Invoice.prefix, text))]
    invoices = Invoice.objects.filter(pk__in=keys).order_by("pk") if keys else []
    return [(invoice.public_id, invoice.number, invoice.total) for invoice in invoices]
