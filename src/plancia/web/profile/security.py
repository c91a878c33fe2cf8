"""Security: recovery addresses, devices, alerts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from plancia.accounts import activity, login_email, recovery, second_factor, sessions
from plancia.accounts.activity import Action
from plancia.accounts.addresses import Purpose
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit.guards import SignedInRequest, open_to_all, signed_in
from plancia.web.profile import mails
from plancia.web.profile.asking import attempt, who
from plancia.web.profile.forms import ProofForm, RecoveryEmailForm, RecoveryPhoneForm


@signed_in
@require_safe
def security(request: SignedInRequest) -> HttpResponse:
    """Show how the account is secured."""
    context = {
        "factors": second_factor.of(request.user.pk),
        "phone": recovery.shown_phone(request.user.recovery_phone),
    }
    return render(request, "profile/security.html", context)


@signed_in
@require_POST
def sign_in_alerts(request: SignedInRequest) -> HttpResponse:
    """Turn the mails about sign-ins from new devices on or off."""
    request.user.is_told_of_sign_ins = request.POST.get("wanted") == "yes"
    request.user.save(update_fields=["is_told_of_sign_ins"])
    messages.success(request, _("Saved."))
    return redirect("profile-security")


@signed_in
def recovery_email(request: SignedInRequest) -> HttpResponse:
    """Ask for another recovery e-mail."""
    form = RecoveryEmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begun = attempt(request, form, recovery.ask_email, **form.cleaned_data)
        if begun is not None:
            mails.prove_address(*begun)
            messages.success(request, _("We have written to %(email)s.") % {"email": begun[0].new_email})
            return redirect("profile-security")
    return render(request, "profile/recovery_email.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def remove_recovery_email(request: SignedInRequest) -> HttpResponse:
    """Do without a recovery e-mail."""
    form = ProofForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt(request, form, recovery.remove_email, **form.cleaned_data)
        if not form.errors:
            messages.success(request, _("The recovery e-mail is removed."))
            return redirect("profile-security")
    return render(request, "profile/remove_recovery_email.html", {"form": form}, status=422 if form.errors else 200)


@open_to_all
def prove_recovery_email(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a link of a mail confirms, and do it when asked to."""
    try:
        change = login_email.look_up(key, purpose=Purpose.RECOVERY, at=clock.now())
        if request.method != "POST":
            return render(request, "profile/prove.html", {"change": change, "is_login": False})
        change = recovery.prove_email(key=key, **who(request))
    except Refusal as refusal:
        return render(request, "profile/spent.html", {"sentence": str(refusal)}, status=410)
    return render(request, "profile/proven.html", {"change": change, "is_login": False})


@signed_in
def recovery_phone(request: SignedInRequest) -> HttpResponse:
    """Keep another telephone number, or none."""
    form = RecoveryPhoneForm(request.POST or None, initial={"phone": recovery.shown_phone(request.user.recovery_phone)})
    if request.method == "POST" and form.is_valid():
        attempt(request, form, recovery.set_phone, **form.cleaned_data)
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect("profile-security")
    return render(request, "profile/recovery_phone.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def devices(request: SignedInRequest) -> HttpResponse:
    """List where the user is signed in."""
    rows = sessions.of(request.user, current_key=request.session.session_key)
    return render(request, "profile/devices.html", {"rows": rows})


@signed_in
@require_POST
def end_session(request: SignedInRequest, session: int) -> HttpResponse:
    """End one session."""
    if sessions.end(user=request.user, session_id=session, at=clock.now()):
        activity.record(request.user, Action.SESSION_ENDED, **who(request))
        messages.success(request, _("The session is ended."))
    return redirect("profile-devices")


@signed_in
@require_POST
def end_sessions(request: SignedInRequest) -> HttpResponse:
    """End all sessions but the present one."""
    sessions.end_all(user=request.user, except_key=request.session.session_key, at=clock.now())
    activity.record(request.user, Action.SESSIONS_ENDED, **who(request))
    messages.success(request, _("You are signed in here only."))
    return redirect("profile-devices")
