"""
Guards: who may ask for a page.

Every view stands under exactly one of these decorators, and a test walks all URLs to see that it does. A guard also
turns a refusal that the view lets through into a page that says why. Source: docs/decisions/0004-tenancy.md.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from plancia.accounts import second_factor
from plancia.accounts.models import User
from plancia.accounts.staffing import Duty
from plancia.kernel import clock, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.organizations import looking_in, queries
from plancia.organizations.access import Access
from plancia.organizations.queries import OrganizationRow
from plancia.organizations.roles import Permission
from plancia.support import access as leave

View = Callable[..., HttpResponseBase]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignedInRequest(HttpRequest):
    """A request of somebody who signed in: what `signed_in` and `staff_only` hand to their views."""

    user: User


class MemberRequest(SignedInRequest):
    """A request of a member of the organization in the URL: what `guarded` hands to its views."""

    access: Access
    organizations: list[OrganizationRow]


def open_to_all(view: View) -> View:
    """Let anybody ask. Who is signed in may find her name and address on the page, so nobody keeps it."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = _answer(view, request, *args, **kwargs)
        return _private(response) if request.user.is_authenticated else response

    return _marked(guard, "open")


def signed_in(view: View) -> View:
    """Let those ask who are signed in; send the others to the sign-in page and back."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        return _private(_answer(view, request, *args, **kwargs))

    return _marked(guard, "signed-in")


def guarded(permission: Permission) -> Callable[[View], View]:
    """
    Let members ask whom their role grants `permission` in the organization that the URL names as `<org>`.

    To everybody else the organization does not exist (404); a member without the permission is told so (403). The view
    finds `request.access`, and the database shows it this organization's rows and no others.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            access, organizations = queries.entrance(request.user.pk, str(kwargs["org"]), at=clock.now())
            if access is None:
                access = _looking_in(request, str(kwargs["org"]))
            if access is None:
                raise Http404
            request.access = access  # type: ignore[attr-defined]  # see MemberRequest
            request.organizations = organizations  # type: ignore[attr-defined]  # see MemberRequest
            if access.look and request.method not in SAFE_METHODS:
                return _private(render(request, "errors/looking.html", status=403))
            if _lacks_second_factor(access):
                return _private(render(request, "errors/second_factor.html", status=403))
            if not access.may(permission):
                return _private(render(request, "errors/forbidden.html", {"permission": permission.label}, status=403))
            return _private(_answer(view, request, *args, **kwargs))

        return _marked(guard, permission)

    return decorate


def staff_only(duty: Duty) -> Callable[[View], View]:
    """
    Let the provider's staff ask whose roles include `duty`, as the role that sees every organization.

    For others the page does not exist (404); staff without the duty are told so (403).
    """
    if not isinstance(duty, Duty):
        raise TypeError("say which duty opens the page: @staff_only(Duty.SEE_CUSTOMERS)")

    def decorate(view: View) -> View:
        @wraps(view)
        def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not request.user.is_staff:
                raise Http404
            if duty not in request.user.duties:
                return _private(render(request, "errors/forbidden_staff.html", {"duty": duty.label}, status=403))
            with transaction.as_staff(), transaction.atomic():
                return _private(_answer(view, request, *args, **kwargs))

        guard.duty = duty  # type: ignore[attr-defined]  # read by tests/web/test_isolation.py
        return _marked(guard, "staff")

    return decorate


def _looking_in(request: HttpRequest, organization: str) -> Access | None:
    """What somebody of the staff, who said why, may look at: with the customer's leave, for as long as that lasts."""
    user = request.user
    if not user.is_authenticated or Duty.LOOK_IN not in user.duties:
        return None
    found = looking_in.entrance(user.pk, organization, at=clock.now())
    if found and found.look and found.look.is_allowed and not leave.current(found.organization.pk, at=clock.now()):
        return None
    return found


def _lacks_second_factor(access: Access) -> bool:
    due_at = access.second_factor_due_at
    return due_at is not None and due_at <= clock.now() and not second_factor.is_on(access.user_id)


def actor(request: HttpRequest) -> Actor:
    """Return who asks, for a use case and the trail."""
    user = request.user
    if not user.is_authenticated:
        return Actor(ActorKind.USER, "", ip=client_ip(request))
    kind = ActorKind.STAFF if transaction.alias() == transaction.STAFF else ActorKind.USER
    return Actor(kind, user.name, user_id=user.pk, ip=client_ip(request))


def client_ip(request: HttpRequest) -> str:
    """Return where the request comes from: behind our proxy, the last address that the proxy itself wrote down."""
    if settings.SECURE_PROXY_SSL_HEADER and (forwarded := request.headers.get("X-Forwarded-For")):
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a visitor to the sign-in page, and from there back to the page she was on."""
    following = request.get_full_path() if request.method in SAFE_METHODS else _page_before(request)
    if getattr(request, "htmx", False):
        # A fragment's request: the whole page has to go to the sign-in page, and back to where it was.
        return HttpResponseClientRedirect(f"{redirect_to_login(_page_before(request)).url}")
    return redirect_to_login(following)


def _page_before(request: HttpRequest) -> str:
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure()):
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    parts = urlsplit(before)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        # What writes is undone as a whole when it is refused or fails; what only reads needs no savepoint.
        with nullcontext() if request.method in SAFE_METHODS else transaction.atomic():
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and callable(response.render):
                # Here and not later: the template's queries belong to this principal's transaction.
                response = response.render()
            return response
    except Refusal as refusal:
        return refused(request, refusal)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the page that says why something was refused: 422 where a field is at fault, else 409."""
    status = 422 if refusal.field else 409
    words = {"sentence": str(refusal), "code": refusal.code, "before": _page_before(request)}
    return render(request, "errors/refused.html", words, status=status)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    # On a shared computer, "back" after signing out must show nothing.
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _marked(guard: View, name: str) -> View:
    guard.guard = name  # type: ignore[attr-defined]  # read by tests/architecture/test_urls.py
    return guard
