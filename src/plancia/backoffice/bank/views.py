"""Unmatched money, and payouts to release: what staff do with both."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from plancia.accounts.staffing import Duty
from plancia.bank import importing, matching, payment_files, sending_back
from plancia.bank import payouts as leaving
from plancia.bank import queries as bank
from plancia.bank.models import BankEntry, PaymentFile, Payout
from plancia.bank.payment_files import Debtor
from plancia.bank.states import EntryState, PayoutState
from plancia.billing import parties
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import formats
from plancia.kit.guards import actor, staff_only

#: A statement of a busy month; more is no statement.
LONGEST_BYTES = 20_000_000


@staff_only(Duty.RECORD_MONEY)
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """Show money that came and is nobody's yet, with what it may be for."""
    return _entries(request)


@staff_only(Duty.RECORD_MONEY)
@require_POST
def take_file(request: HttpRequest) -> HttpResponse:
    """Take a file of the bank in: a statement, a notification or a status report."""
    uploaded = request.FILES.get("file")
    if uploaded is None:
        return _entries(request, refusal=_("Choose a file of the bank."), status=422)
    if (uploaded.size or 0) > LONGEST_BYTES:
        return _entries(request, refusal=_("This file is too large for a statement."), status=413)
    try:
        taken = importing.take(content=uploaded.read(), name=uploaded.name or "", actor=actor(request), at=clock.now())
    except Refusal as refusal:
        return _entries(request, refusal=str(refusal), status=422)
    if taken.is_repeated:
        messages.info(request, _("This file was taken in before. Nothing has changed."))
    else:
        said = ngettext(
            "%(new)d new entry, %(matched)d matched.", "%(new)d new entries, %(matched)d matched.", taken.new
        )
        messages.success(request, said % {"new": taken.new, "matched": taken.matched})
    return redirect("staff-bank")


@staff_only(Duty.RECORD_MONEY)
@require_POST
def match(request: HttpRequest, entry: str) -> HttpResponse:
    """Say whose money an entry is: by a suggestion, or by what staff typed."""
    row = _entry(entry)
    text = request.POST.get("purpose", "").replace("\0", "")[:100]
    try:
        matching.confirm(entry_id=row.pk, text=text, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        return _entries(request, refusal=str(refusal), status=422)
    messages.success(request, _("%(amount)s is matched.") % {"amount": formats.money(row.amount)})
    return redirect("staff-bank")


@staff_only(Duty.RECORD_MONEY)
@require_POST
def set_aside(request: HttpRequest, entry: str) -> HttpResponse:
    """Say that an entry is no customer's money, and why."""
    try:
        note = request.POST.get("note", "").replace("\0", "")[:300]
        matching.set_aside(entry_id=_entry(entry).pk, note=note, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        return _entries(request, refusal=str(refusal), status=422)
    messages.success(request, _("The money is set aside."))
    return redirect("staff-bank")


@staff_only(Duty.RETURN_MONEY)
@require_POST
def send_back(request: HttpRequest, entry: str) -> HttpResponse:
    """Let an entry go back to the account it came from, and say why."""
    reason = request.POST.get("reason", "").replace("\0", "")[:140]
    try:
        sending_back.send_back(entry_id=_entry(entry).pk, reason=reason, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        return _entries(request, refusal=str(refusal), status=422)
    messages.success(request, _("The money goes back as soon as it is released among the payouts."))
    return redirect("staff-payouts")


@staff_only(Duty.RECORD_MONEY)
@require_POST
def take_up(request: HttpRequest, entry: str) -> HttpResponse:
    """Look for the owner of an entry again."""
    matching.take_up(entry_id=_entry(entry).pk, actor=actor(request), at=clock.now())
    return redirect("staff-bank")


@staff_only(Duty.RETURN_MONEY)
@require_GET
def payouts(request: HttpRequest) -> HttpResponse:
    """Show money that is to leave, who has released it, and the files for the bank."""
    return _payouts(request)


@staff_only(Duty.RETURN_MONEY)
@require_POST
def release(request: HttpRequest, payout: str) -> HttpResponse:
    """Let a payout leave; above the limit, with somebody else."""
    try:
        row = leaving.release(payout_id=_payout(payout).pk, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        return _payouts(request, refusal=str(refusal))
    if row.state == PayoutState.RELEASED:
        messages.success(request, _("The payout is released."))
    else:
        messages.info(request, _("Noted. Somebody else must release it too."))
    return redirect("staff-payouts")


@staff_only(Duty.RETURN_MONEY)
@require_POST
def refuse(request: HttpRequest, payout: str) -> HttpResponse:
    """Let a payout not leave, and say why."""
    reason = request.POST.get("reason", "").replace("\0", "")[:300]
    try:
        leaving.refuse(payout_id=_payout(payout).pk, reason=reason, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        return _payouts(request, refusal=str(refusal))
    messages.success(request, _("The payout is refused. The money is back where it came from."))
    return redirect("staff-payouts")


@staff_only(Duty.RETURN_MONEY)
@require_POST
def sent(request: HttpRequest, payout: str) -> HttpResponse:
    """Record that staff sent a payout to PayPal themselves."""
    row = _payout(payout)
    if row.method != "paypal":
        raise Http404
    try:
        leaving.send_by_hand(payout_id=row.pk, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        return _payouts(request, refusal=str(refusal))
    messages.success(request, _("The payout is recorded as sent."))
    return redirect("staff-payouts")


@staff_only(Duty.RETURN_MONEY)
@require_POST
def make_file(request: HttpRequest) -> HttpResponse:
    """Write what was released into a file for the bank."""
    seller = parties.seller()
    try:
        payment_files.make(
            currency=request.POST.get("currency", "")[:3],
            debtor=Debtor(seller.name, seller.iban),
            actor=actor(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        return _payouts(request, refusal=str(refusal))
    messages.success(request, _("The payment file is ready. Fetch it below and hand it to the bank."))
    return redirect("staff-payouts")


@staff_only(Duty.RETURN_MONEY)
@require_GET
def payment_file(request: HttpRequest, file: str) -> HttpResponse:
    """Hand out a payment file: the same bytes each time."""
    found = PaymentFile.objects.by_public_id(file).first()
    if found is None:
        raise Http404
    response = HttpResponse(found.content, content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.message_id}.xml"'
    return response


def _entries(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in set(EntryState) else EntryState.UNMATCHED
    search = request.GET.get("q", "").replace("\0", "").strip()[:100]
    context = {
        "page": bank.entries(state=state, search=search, page=_page(request)),
        "files": bank.files(number=5),
        "states": [EntryState.UNMATCHED, EntryState.MATCHED, EntryState.SET_ASIDE, EntryState.SENT_BACK],
        "state": state,
        "search": search,
        "refusal": refusal,
    }
    return render(request, "staff/bank.html", context, status=status)


def _payouts(request: HttpRequest, *, refusal: str = "") -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in set(PayoutState) else ""
    context = {
        "page": bank.payouts(state=state, page=_page(request)),
        "files": bank.payment_files(number=8),
        "to_send": bank.to_send(),
        "states": [each for each in PayoutState if each not in (PayoutState.WAITING, PayoutState.RELEASED)],
        "state": state,
        "refusal": refusal,
    }
    return render(request, "staff/payouts.html", context, status=422 if refusal else 200)


def _page(request: HttpRequest) -> int:
    number = request.GET.get("page", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1


def _entry(public_id: str) -> BankEntry:
    row: BankEntry | None = BankEntry.objects.by_public_id(public_id).filter(is_credit=True).first()
    if row is None:
        raise Http404
    return row


def _payout(public_id: str) -> Payout:
    row: Payout | None = Payout.objects.by_public_id(public_id).first()
    if row is None:
        raise Http404
    return row
