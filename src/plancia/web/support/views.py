"""Support: requests of an organization, the conversation in each, and leave for staff to look."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.kernel import clock, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations.roles import Permission
from plancia.subscriptions import queries as product_queries
from plancia.support import access, conversations, requests
from plancia.support.conversations import Conversation
from plancia.web import asked
from plancia.web.support.forms import AccessForm, MessageForm, RequestForm

_PRODUCTS = 500


@guarded(Permission.VIEW_ORGANIZATION)
@require_GET
def support(request: MemberRequest, org: str) -> HttpResponse:
    """List the requests that the member may read: her own, or all where she administers the organization."""
    organization_id = request.access.organization.pk
    page = conversations.requests(organization_id, user_id=_own(request), page=asked.page(request))
    leave = access.current(organization_id, at=clock.now())
    return render(request, "support/list.html", {"page": page, "leave": leave})


@guarded(Permission.VIEW_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest, org: str) -> HttpResponse:
    """Ask for help, with the product and the page attached."""
    held = product_queries.products(request.access.organization.pk, request.access, size=_PRODUCTS, at=clock.now()).rows
    products = [(row.public_id, f"{row.name} · {row.type_name}") for row in held if row.state != "terminated"]
    page = (request.POST.get("page") or request.GET.get("page", "")).replace("\0", "")[:500]
    initial = {"product": request.GET.get("product", ""), "subject": request.GET.get("subject", "")[:200]}
    form = RequestForm(
        request.POST or None,
        _files(request),
        products=products,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = requests.open_(
                    organization_id=request.access.organization.pk,
                    subject=form.cleaned_data["subject"],
                    text=form.cleaned_data["text"],
                    product=form.cleaned_data["product"],
                    product_name=dict(products).get(form.cleaned_data["product"], ""),
                    page=page,
                    files=form.cleaned_data["attached"],
                    user_id=request.user.pk,
                    email=request.user.email,
                    language=get_language() or request.user.language,
                    actor=actor(request),
                    at=clock.now(),
                )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            return redirect("support-request", org=org, srq=made.public_id)
    context = {"form": form, "page": page}
    return render(request, "support/new.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.VIEW_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def conversation(request: MemberRequest, org: str, srq: str) -> HttpResponse:
    """Show what was written in a request, and go on in it."""
    found = _find(request, srq)
    form = MessageForm(
        request.POST or None,
        _files(request),
    )
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                requests.write(
                    request_id=found.id,
                    text=form.cleaned_data["text"],
                    files=form.cleaned_data["attached"],
                    actor=actor(request),
                    at=clock.now(),
                )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            return redirect("support-request", org=org, srq=srq)
    context = {"conversation": found, "form": form}
    return render(request, "support/conversation.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.VIEW_ORGANIZATION)
@require_POST
def close(request: MemberRequest, org: str, srq: str) -> HttpResponse:
    """Say that it is solved."""
    requests.close(request_id=_find(request, srq).id, actor=actor(request), at=clock.now())
    return redirect("support-request", org=org, srq=srq)


@guarded(Permission.VIEW_ORGANIZATION)
@require_GET
def attachment(request: MemberRequest, org: str, srq: str, sra: str) -> HttpResponse:
    """Hand out a file of a request."""
    found = conversations.attachment(sra, request_id=_find(request, srq).id)
    if found is None:
        raise Http404
    return file_response(found.name, found.content_type, bytes(found.content))


@guarded(Permission.EDIT_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def staff_access(request: MemberRequest, org: str) -> HttpResponse:
    """Let staff look at the console for a while, or end it."""
    at, organization_id = clock.now(), request.access.organization.pk
    form = AccessForm(request.POST or None)
    if request.method == "POST" and "revoke" in request.POST:
        access.revoke(organization_id=organization_id, actor=actor(request), at=at)
        messages.success(request, _("Staff may no longer look."))
        return redirect("support-access", org=org)
    if request.method == "POST" and form.is_valid():
        access.grant(organization_id=organization_id, hours=form.cleaned_data["hours"], actor=actor(request), at=at)
        return redirect("support-access", org=org)
    context = {"form": form, "leave": access.current(organization_id, at=at)}
    return render(request, "support/access.html", context, status=422 if form.is_bound else 200)


def file_response(name: str, content_type: str, content: bytes) -> HttpResponse:
    """Hand a customer's file out so that no browser runs it."""
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _files(request: MemberRequest) -> Any:
    """What a form takes for its files: a list for the one field that has them."""
    return {"attached": request.FILES.getlist("attached")} if request.method == "POST" else None


def _own(request: MemberRequest) -> UUID | None:
    return None if request.access.may(Permission.SEE_MEMBERS) else request.user.pk


def _find(request: MemberRequest, srq: str) -> Conversation:
    found = conversations.conversation(srq, organization_id=request.access.organization.pk, user_id=_own(request))
    if found is None:
        raise Http404
    return found
