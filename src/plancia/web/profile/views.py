"""The profile: who one is, the login e-mail, the password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from plancia.accounts import activity, login_email, passwords, proofs
from plancia.accounts.models import User
from plancia.kernel import clock, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import SignedInRequest, open_to_all, signed_in
from plancia.mailboxes import passwords as mailbox_passwords
from plancia.mailboxes.models import Mailbox
from plancia.organizations import queries as organization_queries
from plancia.organizations.roles import Role
from plancia.web import asked
from plancia.web.profile import mails
from plancia.web.profile.asking import attempt, stay_signed_in, who
from plancia.web.profile.forms import LoginEmailForm, PasswordForm, PersonForm


@signed_in
@require_safe
def profile(request: SignedInRequest) -> HttpResponse:
    """Show who is signed in, and how."""
    context = {"pending": login_email.pending(request.user, at=clock.now())}
    return render(request, "profile/overview.html", context)


@signed_in
def person(request: SignedInRequest) -> HttpResponse:
    """Change name and language."""
    # A form writes on its object before it has looked; the page around shows who is signed in.
    user = type(request.user).objects.get(pk=request.user.pk)
    form = PersonForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        user.save(update_fields=["first_name", "last_name", "language"])
        messages.success(request, _("Your profile is saved."))
        response = redirect("profile")
        response.delete_cookie("language")  # what one chose for oneself counts from now on
        return response
    return render(request, "profile/person.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def change_login_email(request: SignedInRequest) -> HttpResponse:
    """Ask for another login e-mail. One that is taken shows the way out."""
    form = LoginEmailForm(request.POST or None)
    is_taken = False
    if request.method == "POST" and form.is_valid():
        try:
            begun = login_email.ask(
                user_id=request.user.pk,
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                **who(request),
            )
        except Refusal as refusal:
            is_taken = isinstance(refusal, login_email.LoginEmailTaken)
            if isinstance(refusal, proofs.PasswordWrong):
                proofs.note_wrong(request.user, **who(request))
            if is_taken:
                login_email.note_taken(request.user, **who(request))
            kit_forms.tell(form, refusal)
        else:
            mails.prove_address(*begun)
            messages.success(request, _("We have written to %(email)s.") % {"email": begun[0].new_email})
            return redirect("profile")
    context: dict[str, object] = {"form": form, "is_taken": is_taken, "taken": form["email"].value()}
    if is_taken:
        context["organizations"] = [
            row
            for row in organization_queries.organizations_of(request.user.pk)
            if row.role in (Role.OWNER, Role.ADMINISTRATOR)
        ]
    return render(request, "profile/login_email.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def withdraw_login_email(request: SignedInRequest) -> HttpResponse:
    """Leave the login e-mail as it is."""
    login_email.withdraw(user=request.user)
    messages.success(request, _("Your login e-mail stays as it is."))
    return redirect("profile")


@open_to_all
def prove_login_email(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a link of a mail confirms, and do it when asked to: mail programs look at links, too."""
    try:
        change = login_email.look_up(key, at=clock.now())
        if request.method != "POST":
            return render(request, "profile/prove.html", {"change": change, "is_login": True})
        change, undo = login_email.prove(key=key, **who(request))
    except login_email.LinkSpent as refusal:
        return _spent(request, refusal)
    mails.login_email_changed(change, undo)
    return render(request, "profile/proven.html", {"change": change, "is_login": True})


@open_to_all
def undo_login_email(request: HttpRequest, key: str) -> HttpResponse:
    """Give the old login e-mail back."""
    try:
        change = login_email.look_up_undo(key, at=clock.now())
        if request.method != "POST":
            return render(request, "profile/undo.html", {"change": change})
        user = login_email.undo(key=key, **who(request))
    except login_email.LinkSpent as refusal:
        return _spent(request, refusal)
    return render(request, "profile/undone.html", {"email": user.email})


@signed_in
def change_password(request: SignedInRequest) -> HttpResponse:
    """Change the password; end the other sessions or keep them; let the mailbox have the same password or its own."""
    mailbox = mailbox_passwords.of_login(request.user)
    form = PasswordForm(
        request.POST or None,
        mailbox=mailbox.address if mailbox else "",
        initial={"mailbox": "unify" if mailbox and mailbox.is_unified else "separate"},
    )
    if request.method == "POST" and form.is_valid():
        user = attempt(
            request,
            form,
            _change_password,
            its_mailbox=mailbox,
            session_key=request.session.session_key,
            **form.cleaned_data,
        )
        if user is not None:
            stay_signed_in(request, user)
            messages.success(request, _("Your password is changed. Mail programs and apps will ask for the new one."))
            return redirect("profile")
    return render(request, "profile/password.html", {"form": form}, status=422 if form.errors else 200)


@transaction.atomic
def _change_password(*, its_mailbox: Mailbox | None, mailbox: str = "", user_id: UUID, **arguments: Any) -> User:
    if its_mailbox and mailbox == "unify":
        mailbox_passwords.unify(user_id=user_id, mailbox_id=its_mailbox.pk)
    elif its_mailbox:
        mailbox_passwords.separate(mailbox_id=its_mailbox.pk)
    return passwords.change(user_id=user_id, **arguments)


@open_to_all
@require_POST
def password_strength(request: HttpRequest) -> JsonResponse:
    """Answer how strong a password is, while it is typed. Nothing is kept."""
    known = [request.POST.get("email", ""), request.POST.get("first_name", ""), request.POST.get("last_name", "")]
    if request.user.is_authenticated:
        known += [request.user.email, request.user.first_name, request.user.last_name]
    typed = request.POST.get("new_password") or request.POST.get("password1") or ""
    found = passwords.strength(typed, known)
    return JsonResponse({"score": found.score, "label": str(found.label), "advice": str(found.advice)})


@signed_in
@require_safe
def show_activity(request: SignedInRequest) -> HttpResponse:
    """List what happened to the account."""
    page = activity.page(request.user.pk, number=asked.page(request))
    return render(request, "profile/activity.html", {"page": page})


def _spent(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return render(request, "profile/spent.html", {"sentence": str(refusal)}, status=410)
