"""Applications: what acts in the user's name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plancia.accounts import api_tokens, application_passwords
from plancia.accounts.api_tokens import Scope
from plancia.federation import consents
from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import SignedInRequest, actor, signed_in
from plancia.mailboxes import passwords, queries
from plancia.mailboxes.models import Mailbox
from plancia.organizations import queries as organization_queries
from plancia.organizations.models import Organization
from plancia.web.mailboxes.forms import MailboxPasswordForm
from plancia.web.profile.asking import attempt, who
from plancia.web.profile.forms import ApplicationPasswordForm, TokenForm

#: What is shown once goes by the session from the form to the page, and is forgotten there.
_MADE, _TOKEN = "application_password_made", "api_token_made"


@signed_in
@require_safe
def applications(request: SignedInRequest) -> HttpResponse:
    """List application passwords, mailboxes and tokens."""
    context = {
        "passwords": application_passwords.of(request.user.pk),
        "apps": consents.of(request.user),
        "mailboxes": queries.of_user(request.user),
        "tokens": _tokens(request),
        "made": request.session.pop(_MADE, ""),
        "token": request.session.pop(_TOKEN, ""),
    }
    return render(request, "profile/applications.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def new_application_password(request: SignedInRequest) -> HttpResponse:
    """Make an application password."""
    form = ApplicationPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(request, form, application_passwords.make, **form.cleaned_data)
        if made:
            request.session[_MADE] = made
            return redirect("profile-applications")
    return render(request, "profile/application_password.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def remove_application_password(request: SignedInRequest, key: str) -> HttpResponse:
    """Take an application password back."""
    application_passwords.revoke(user_id=request.user.pk, public_id=key, **who(request))
    messages.success(request, _("It opens nothing any more."))
    return redirect("profile-applications")


@signed_in
@require_http_methods(["GET", "POST"])
def new_token(request: SignedInRequest) -> HttpResponse:
    """Make an API token."""
    form = TokenForm(
        request.POST or None,
        organizations=[(row.public_id, row.name) for row in organization_queries.organizations_of(request.user.pk)],
        initial={"days": settings.API_TOKEN_DAYS},
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        organization_id = ids.parse(Organization.prefix, typed["organization"])
        assert isinstance(organization_id, UUID)
        token = attempt(
            request,
            form,
            api_tokens.make,
            organization_id=organization_id,
            name=typed["name"],
            scopes=[Scope(scope) for scope in typed["scopes"]],
            days=typed["days"],
        )
        if token:
            request.session[_TOKEN] = token
            return redirect("profile-applications")
    return render(request, "profile/token.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def remove_token(request: SignedInRequest, key: str) -> HttpResponse:
    """Take an API token back."""
    api_tokens.revoke(user_id=request.user.pk, public_id=key, **who(request))
    messages.success(request, _("It opens nothing any more."))
    return redirect("profile-applications")


@signed_in
@require_http_methods(["GET", "POST"])
def mailbox_password(request: SignedInRequest, mbx: str) -> HttpResponse:
    """Give one's own mailbox another password, and nothing else."""
    mailbox = Mailbox.objects.by_public_id(mbx).filter(user=request.user, closed_at=None).first()
    if mailbox is None:
        raise Http404
    form = MailboxPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.change(mailbox_id=mailbox.pk, **form.cleaned_data, actor=actor(request), at=clock.now())
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The password of %(address)s is changed.") % {"address": mailbox.address})
            return redirect("profile-applications")
    context = {"mailbox": mailbox, "form": form}
    return render(request, "profile/mailbox_password.html", context, status=422 if form.errors else 200)


def _tokens(request: SignedInRequest) -> list[dict[str, Any]]:
    organizations = organization_queries.organizations_of(request.user.pk)
    names = {ids.parse(Organization.prefix, row.public_id): row.name for row in organizations}
    return [
        {
            "public_id": row.public_id,
            "name": row.name,
            "organization": names.get(row.organization_id, "–"),
            "scopes": ", ".join(str(scope.label) for scope in row.scopes),
            "expires_at": row.expires_at,
            "last_used_at": row.last_used_at,
            "is_expired": row.is_expired,
        }
        for row in api_tokens.of(request.user.pk, at=clock.now())
    ]
