"""Pages that exist for tests of guards only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import User
from plancia.accounts.staffing import Duty
from plancia.kernel import transaction
from plancia.kernel.actors import ActorKind
from plancia.kernel.refusals import Refusal
from plancia.kit import guards
from plancia.organizations.models import Organization
from plancia.organizations.roles import Permission
from plancia.web.home import views as home
from plancia.web.preferences import views as preferences


class Tired(Refusal):
    code = "tired"
    sentence = _("%(who)s is too tired for this.")


class WrongName(Refusal):
    code = "wrong_name"
    sentence = _("This is not a name.")
    field = "name"


def _names() -> str:
    return ",".join(Organization.objects.order_by("name").values_list("name", flat=True))


@guards.open_to_all
def anybody(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@guards.signed_in
def somebody(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_names())


@guards.guarded(Permission.VIEW_ORGANIZATION)
def inside(request: guards.MemberRequest, org: str) -> HttpResponse:
    return HttpResponse(f"{request.access.role} of {request.access.organization.name} sees {_names()}")


@guards.guarded(Permission.SEE_BILLING)
def accounting(request: guards.MemberRequest, org: str) -> HttpResponse:
    return HttpResponse("accounting")


@guards.staff_only(Duty.SEE_CUSTOMERS)
def back_office(request: guards.SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        Organization.objects.update(city="Bern")
    actor = guards.actor(request)
    assert actor.kind is ActorKind.STAFF
    return HttpResponse(_names())


@guards.signed_in
def refusing(request: guards.SignedInRequest) -> HttpResponse:
    """Write something, then be refused: nothing of it may stay."""
    User.objects.filter(pk=request.user.pk).update(first_name="Changed")
    raise WrongName if "name" in request.GET else Tired(who="<b>Ada</b>")


@guards.signed_in
def broken(request: guards.SignedInRequest) -> HttpResponse:
    """Write something, then fail."""
    User.objects.filter(pk=request.user.pk).update(first_name="Changed")
    raise RuntimeError("a defect")


@guards.signed_in
def principal(request: HttpRequest) -> HttpResponse:
    return HttpResponse(transaction.alias())


urlpatterns = [
    path("t/open/", anybody),
    path("t/mine/", somebody),
    path("t/principal/", principal),
    path("t/o/<org>/", inside),
    path("t/o/<org>/accounting/", accounting),
    path("t/staff/", back_office),
    path("t/refusing/", refusing),
    path("t/broken/", broken),
    path("", home.start, name="home"),
    path("language/", preferences.language, name="language"),
    path("theme/", preferences.theme, name="theme"),
    path("", include("plancia.web.accounts.urls")),
    path("", include("plancia.web.profile.urls")),
    path("", include("plancia.web.federation.urls")),
    path("", include("plancia.web.trust.urls")),
]
handler404 = "plancia.web.errors.not_found"
handler429 = "plancia.web.errors.too_many"
handler500 = "plancia.web.errors.broken"
