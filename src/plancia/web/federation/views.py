"""
OpenID Connect: the pages and addresses that apps send people and requests to.

The engine is allauth.idp.oidc (plancia.federation.engine); each address is one of its views.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from allauth.idp.oidc import views as engine
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from plancia.federation import consents, registration
from plancia.federation.engine import auth_time
from plancia.kernel import clock, ids
from plancia.kit.guards import SignedInRequest, open_to_all, signed_in
from plancia.organizations import queries
from plancia.organizations.models import Organization
from plancia.web.federation.forms import ConsentForm


class Authorization(engine.AuthorizationView):  # type: ignore[misc]  # allauth has no types
    template_name = "federation/consent.html"
    form_class = ConsentForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask what the app may know; not again, where it was asked before."""
        if again := self._older_than_wanted(request):
            return again
        response: HttpResponse = super().get(request, *args, **kwargs)
        is_asking = isinstance(response, TemplateResponse) and request.user.is_authenticated
        if is_asking and "consent" not in request.GET.get("prompt", "").split():
            client = Client.objects.get(pk=self._request_info["client_id"])
            if request.user.is_authenticated and consents.covers(request.user, client, self._scopes):
                response = self._skip_consent()
        return _going_on(request, response)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the answer."""
        return _going_on(request, super().post(request, *args, **kwargs))

    def form_valid(self, form: AuthorizationForm) -> HttpResponse:
        """Remember the answer, then go on."""
        client = Client.objects.get(pk=self._request_info["client_id"])
        if not client.skip_consent and not getattr(self, "_is_remembered", False):
            consents.give(
                user=self.request.user,
                client=client,
                scopes=form.cleaned_data["scopes"],
                only_organization_id=ids.parse(Organization.prefix, form.cleaned_data["organization"]),
                at=clock.now(),
            )
        response: HttpResponse = super().form_valid(form)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the user's organizations to choose from, where the app asks for them."""
        rows = queries.organizations_of(self.request.user.pk) if "organizations" in self._scopes else []
        return {**super().get_form_kwargs(), "organizations": [(row.public_id, row.name) for row in rows]}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name what the app will know."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"known": [words for scope, words in _known().items() if scope in self._scopes]}

    def _skip_consent(self) -> HttpResponse:
        self._is_remembered = True
        kwargs = self.get_form_kwargs()
        kwargs["data"] = {"scopes": self._scopes, "request": "remembered", "organization": "all"}
        form = self.form_class(**kwargs)
        assert form.is_valid(), form.errors
        return self.form_valid(form)

    def _older_than_wanted(self, request: HttpRequest) -> HttpResponse | None:
        """Ask for the password again where the app wants a sign-in that is younger. Source: Core 1.0, 3.1.2.1."""
        wanted = request.GET.get("max_age", "")
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 9 and request.user.is_authenticated):
            return None
        if time.time() - auth_time(request, request.user).timestamp() <= int(wanted):
            return None
        response: HttpResponse = self._handle_login_prompt(request, ["login"])
        return response


class SignOut(engine.LogoutView):  # type: ignore[misc]
    template_name = "federation/sign_out.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out, and go back to the app."""
        return _going_on(request, super().dispatch(request, *args, **kwargs))


def _known() -> dict[str, str]:
    return {
        "openid": _("That it is you, each time you sign in"),
        "profile": _("Your name and your language"),
        "email": _("Your login e-mail"),
        "organizations": _("Your organizations, your role in them, and which products you reach there"),
    }


def _going_on(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """
    Lead back to an app by a page, where a form of ours came before.

    Browsers hold a form's redirects to our policy (`form-action 'self'`); a page that goes on by itself is none.
    """
    place = response.headers.get("Location", "")
    is_elsewhere = bool(urlsplit(place).scheme) and not place.startswith(f"{settings.BASE_URL}/")
    if not is_elsewhere or request.headers.get("Sec-Fetch-Site") != "same-origin":
        return response
    page = render(request, "federation/going_on.html", {"place": place, "host": urlsplit(place).hostname})
    page.headers["Refresh"] = f"0;url={place}"
    page.headers["Cache-Control"] = "no-store"
    return page


@open_to_all
@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """Say what we can and where. Source: OpenID Connect Discovery 1.0, 3."""
    names = ("authorization", "token", "userinfo", "revoke", "logout", "jwks")
    at = {name: settings.BASE_URL + reverse(f"idp:oidc:{name}") for name in names}
    response = JsonResponse(
        {
            "issuer": get_adapter().get_issuer(),
            "authorization_endpoint": at["authorization"],
            "token_endpoint": at["token"],
            "userinfo_endpoint": at["userinfo"],
            "revocation_endpoint": at["revoke"],
            "end_session_endpoint": at["logout"],
            "jwks_uri": at["jwks"],
            "scopes_supported": list(registration.SCOPES),
            "claims_supported": [
                *("sub", "auth_time", "amr", "sid", "nonce", "email", "email_verified", "name", "given_name"),
                *("family_name", "preferred_username", "locale", "organizations"),
            ],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "ui_locales_supported": [code for code, _name in settings.LANGUAGES],
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _error(request: HttpRequest, *, error: Any = None, form: Any = None) -> HttpResponse:
    """Say that an app asks what does not fit; it cannot be trusted with an answer."""
    return render(request, "federation/error.html", {"error": error}, status=400)


# The engine would show a page of its own, of which there is no setting.
engine.respond_html_error = _error

authorization = open_to_all(Authorization.as_view())
sign_out = open_to_all(SignOut.as_view())
token = open_to_all(engine.token)
userinfo = open_to_all(engine.user_info)
jwks = open_to_all(engine.jwks)
revoke = open_to_all(csrf_exempt(engine.revoke))


@signed_in
@require_POST
def take_back(request: SignedInRequest, consent: str) -> HttpResponse:
    """Let an app know nothing any more."""
    consents.take_back(user=request.user, public_id=consent, at=clock.now())
    return redirect("profile-applications")
