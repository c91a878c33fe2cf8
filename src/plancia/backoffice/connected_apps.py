"""The apps that people sign in to through us: registering, changing, taking away."""

from __future__ import annotations

from typing import Any

from allauth.idp.oidc.models import Client
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.accounts.staffing import Duty
from plancia.federation import registration
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import staff_only

_SECRET = "app_secret_made"  # noqa: S105  (a name)


class AppForm(forms.Form):
    """What is known of an app."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    redirect_uris = forms.CharField(
        label=gettext_lazy("Addresses to go back to after signing in"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, complete, with https."),
    )
    post_logout_redirect_uris = forms.CharField(
        label=gettext_lazy("Addresses to go back to after signing out"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    back_channel_uri = forms.CharField(
        label=gettext_lazy("Where to tell that somebody has signed out"),
        required=False,
        help_text=gettext_lazy("OpenID Connect Back-Channel Logout."),
    )
    is_ours = forms.BooleanField(
        label=gettext_lazy("It is our own: nobody is asked for consent"),
        required=False,
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("It runs on people’s devices and can keep no secret"),
        required=False,
    )

    @property
    def described(self) -> dict[str, Any]:
        """What was typed, as registration takes it."""
        typed = self.cleaned_data
        return {
            "name": typed["name"],
            "redirect_uris": typed["redirect_uris"].split(),
            "post_logout_redirect_uris": typed["post_logout_redirect_uris"].split(),
            "back_channel_uri": typed["back_channel_uri"].strip(),
            "is_ours": typed["is_ours"],
        }


@staff_only(Duty.REGISTER_APPS)
@require_GET
def apps(request: HttpRequest) -> HttpResponse:
    """List the apps."""
    return render(request, "staff/apps.html", {"rows": registration.apps()})


@staff_only(Duty.REGISTER_APPS)
@require_http_methods(["GET", "POST"])
def new_app(request: HttpRequest) -> HttpResponse:
    """Register an app, and show its secret once."""
    form = AppForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            client, secret = registration.register(**form.described, is_public=form.cleaned_data["is_public"])
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            request.session[_SECRET] = secret
            return redirect("staff-app", app=client.pk)
    return render(request, "staff/app_new.html", {"form": form}, status=422 if form.errors else 200)


@staff_only(Duty.REGISTER_APPS)
@require_http_methods(["GET", "POST"])
def app(request: HttpRequest, app: str) -> HttpResponse:
    """Show an app, and change it."""
    row = registration.row(_found(app))
    form = AppForm(
        request.POST or None,
        initial={
            "name": row.name,
            "redirect_uris": "\n".join(row.redirect_uris),
            "post_logout_redirect_uris": "\n".join(row.post_logout_redirect_uris),
            "back_channel_uri": row.back_channel_uri,
            "is_ours": row.is_ours,
        },
    )
    del form.fields["is_public"]
    if request.method == "POST" and form.is_valid():
        try:
            registration.change(client_id=row.id, **form.described)
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("staff-app", app=row.id)
    context = {"app": row, "form": form, "secret": request.session.pop(_SECRET, "")}
    return render(request, "staff/app.html", context, status=422 if form.errors else 200)


@staff_only(Duty.REGISTER_APPS)
@require_POST
def renew_secret(request: HttpRequest, app: str) -> HttpResponse:
    """Give an app another secret."""
    request.session[_SECRET] = registration.renew_secret(client_id=_found(app).pk)
    return redirect("staff-app", app=app)


@staff_only(Duty.REGISTER_APPS)
@require_POST
def remove_app(request: HttpRequest, app: str) -> HttpResponse:
    """Take an app away."""
    registration.remove(client_id=_found(app).pk)
    messages.success(request, _("Nobody signs in to it through us any more."))
    return redirect("staff-apps")


def _found(client_id: str) -> Client:
    client = Client.objects.filter(pk=client_id).first()
    if client is None:
        raise Http404
    return client


urlpatterns: list[URLPattern | URLResolver] = [
    path("apps/", apps, name="staff-apps"),
    path("apps/new/", new_app, name="staff-app-new"),
    path("apps/<app>/", app, name="staff-app"),
    path("apps/<app>/secret/", renew_secret, name="staff-app-secret"),
    path("apps/<app>/removal/", remove_app, name="staff-app-removal"),
]
