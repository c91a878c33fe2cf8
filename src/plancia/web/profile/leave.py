"""Leaving and leaks: one's data as an archive, closing the account, and what to do when the password leaked."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plancia.accounts import leak, recovery, second_factor
from plancia.accounts.models import Export
from plancia.kernel import clock
from plancia.kit.guards import SignedInRequest, signed_in
from plancia.leaving import account_closing, account_export, mailbox_closing
from plancia.web.profile.asking import attempt, stay_signed_in, who
from plancia.web.profile.forms import ClosingForm, LeakForm


@signed_in
@require_safe
def own_data(request: SignedInRequest) -> HttpResponse:
    """Show the archive of one's data, and the way to close the account."""
    context = {
        "export": account_export.latest(request.user, at=clock.now()),
        "closure": account_closing.pending(request.user),
    }
    return render(request, "profile/data.html", context)


@signed_in
@require_POST
def ask_export(request: SignedInRequest) -> HttpResponse:
    """Begin the archive."""
    account_export.ask(user_id=request.user.pk, **who(request))
    return redirect("profile-data")


@signed_in
@require_safe
def download_export(request: SignedInRequest, exp: str) -> HttpResponse:
    """Hand out the archive."""
    export = Export.objects.by_public_id(exp).filter(user=request.user, expires_at__gt=clock.now()).first()
    if export is None or export.archive is None:
        raise Http404
    response = HttpResponse(bytes(export.archive), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return response


@signed_in
@require_http_methods(["GET", "POST"])
def close_account(request: SignedInRequest) -> HttpResponse:
    """Show what stands in the way, with what mends it; and close the account."""
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        closure = attempt(request, form, account_closing.ask, **form.cleaned_data, language=get_language() or "en")
        if closure is not None:
            return redirect("profile-data")
    context = {
        "form": form,
        "checklist": account_closing.checklist(request.user, at=clock.now()),
        "days": settings.ACCOUNT_CLOSES_AFTER.days,
    }
    return render(request, "profile/closing.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def keep_account(request: SignedInRequest) -> HttpResponse:
    """Keep the account after all."""
    account_closing.withdraw(user=request.user, **who(request))
    messages.success(request, _("Your account stays."))
    return redirect("profile-data")


@signed_in
@require_safe
def free_mailboxes(request: SignedInRequest) -> HttpResponse:
    """Ask which free mailbox is to be closed."""
    return render(request, "profile/free_mailboxes.html", {"mailboxes": mailbox_closing.of(request.user)})


@signed_in
@require_http_methods(["GET", "POST"])
def close_mailbox(request: SignedInRequest, mbx: str) -> HttpResponse:
    """Close one's own free mailbox, for good."""
    mailbox = mailbox_closing.find(request.user, mbx)
    if mailbox is None:
        raise Http404
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = {**form.cleaned_data, "mailbox": mailbox, "language": get_language() or "en"}
        attempt(request, form, mailbox_closing.close, **typed)
        if not form.errors:
            messages.success(request, _("%(address)s is closed.") % {"address": mailbox.address})
            return redirect("profile-free-mailboxes")
    context = {"mailbox": mailbox, "form": form}
    return render(request, "profile/mailbox_closing.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def password_leaked(request: SignedInRequest) -> HttpResponse:
    """Secure the account: a new password, and nothing that was given out before opens it any more."""
    form = LeakForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = attempt(request, form, leak.secure, **form.cleaned_data, session_key=request.session.session_key)
        if user is not None:
            stay_signed_in(request, user)
            return redirect("profile-leak-done")
    return render(request, "profile/leak.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def leak_done(request: SignedInRequest) -> HttpResponse:
    """Say what was done, and let recovery addresses and second factor be looked at."""
    context = {
        "phone": recovery.shown_phone(request.user.recovery_phone),
        "factors": second_factor.of(request.user.pk),
    }
    return render(request, "profile/leak_done.html", context)
