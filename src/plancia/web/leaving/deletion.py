"""Deleting an organization: the checklist with what mends each point, and the certificate."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from plancia.billing import archives
from plancia.kernel import clock, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded, open_to_all, refused
from plancia.leaving import certificates, deletion, farewell_archives, tokens
from plancia.leaving.models import OrganizationDeletion
from plancia.organizations.roles import Permission


class DeletionForm(forms.Form):
    """That somebody means it: the organization's name, and her password."""

    name = forms.CharField(label=gettext_lazy("The organization's name"), max_length=200)
    password = forms.CharField(label=gettext_lazy("Your password"), widget=forms.PasswordInput)
    comment = forms.CharField(
        label=gettext_lazy("What should we have done better?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StopForm(forms.Form):
    """That somebody means it: her password."""

    password = forms.CharField(label=gettext_lazy("Your password"), widget=forms.PasswordInput)


@guarded(Permission.DELETE_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def organization_deletion(request: MemberRequest, org: str) -> HttpResponse:
    """Show what stands in the way with what mends it; where nothing does, delete."""
    organization, at = request.access.organization, clock.now()
    stop, form = StopForm(), DeletionForm()
    if request.method == "POST":
        wanted = request.POST.get("do", "")
        if wanted == "stop":
            stop = StopForm(request.POST)
            if _done(request, stop, lambda: _stop(request)):
                return redirect("organization-deletion", org=org)
        elif wanted == "delete":
            form = DeletionForm(request.POST)
            if form.is_valid():
                try:
                    made = _delete(request, form)
                except Refusal as refusal:
                    kit_forms.tell(form, refusal)
                else:
                    return redirect("deletion-certificate", token=tokens.issue(made))
        else:
            _mend(request, wanted)
            return redirect("organization-deletion", org=org)
    context = {
        "checklist": deletion.checklist(organization, user_id=request.user.pk, at=at),
        "form": form,
        "stop": stop,
        "kept": certificates.kept(at, request.access.organization.country),
    }
    is_wrong = form.is_bound or stop.is_bound
    return render(request, "cancellations/organization.html", context, status=422 if is_wrong else 200)


@open_to_all
@require_safe
def certificate(request: HttpRequest, token: str) -> HttpResponse:
    """Show the certificate of a deletion to whoever has its link; nobody is a member any more."""
    found = _deletion(token)
    return render(request, "cancellations/certificate.html", {"certificate": certificates.of(found), "token": token})


@open_to_all
@require_safe
def certificate_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Hand the certificate out."""
    found = _deletion(token)
    response = HttpResponse(certificates.pdf(found), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.public_id}.pdf"'
    return response


@open_to_all
@require_safe
def archive(request: HttpRequest, token: str) -> HttpResponseBase:
    """Hand out the invoices that were sent by mail before an organization went."""
    try:
        found = certificates.archive(token)
        with transaction.as_staff():
            file = archives.file(found, language=get_language() or "en")
    except Refusal as refusal:
        return refused(request, refusal)
    return FileResponse(file, as_attachment=True, filename="invoices.zip", content_type="application/zip")


def _mend(request: MemberRequest, wanted: str) -> None:
    organization_id, who, at = request.access.organization.pk, actor(request), clock.now()
    match wanted:
        case "pay":
            deletion.pay_invoices(organization_id=organization_id, actor=who, at=at)
            messages.success(request, _("Everything is paid. It shows here in a moment."))
        case "members":
            deletion.remove_members(
                organization_id=organization_id,
                may_grant_owner=request.access.may(Permission.GRANT_OWNER),
                actor=who,
                at=at,
            )
            messages.success(request, _("Nobody else is a member any more."))
        case "invoices":
            farewell_archives.send(
                organization_id=organization_id,
                email=request.user.email,
                language=get_language() or "en",
                actor=who,
                at=at,
            )
            messages.success(request, _("We send you a link to all invoices. It lives for 30 days."))


def _stop(request: MemberRequest) -> None:
    deletion.check_password(request.user, request.POST.get("password", ""))
    deletion.stop_products(organization_id=request.access.organization.pk, actor=actor(request), at=clock.now())
    messages.success(request, _("All products have ended."))


def _delete(request: MemberRequest, form: DeletionForm) -> OrganizationDeletion:
    deletion.check_password(request.user, form.cleaned_data["password"])
    who = actor(request)
    with transaction.as_staff():
        return deletion.delete(
            organization_id=request.access.organization.pk,
            name=form.cleaned_data["name"],
            comment=form.cleaned_data["comment"],
            actor=who,
            language=get_language() or "en",
            at=clock.now(),
        )


def _done(request: MemberRequest, form: forms.Form, act: Callable[[], None]) -> bool:
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            act()
    except Refusal as refusal:
        kit_forms.tell(form, refusal)
        return False
    return True


def _deletion(token: str) -> OrganizationDeletion:
    key = tokens.read(OrganizationDeletion, token)
    with transaction.as_staff():
        found = OrganizationDeletion.objects.select_related("organization").filter(pk=key).first() if key else None
    if found is None:
        raise Http404
    return found
