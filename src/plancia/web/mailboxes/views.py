"""The mailboxes of a product: opening, password, whose it is, closing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plancia.kernel import clock, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.mailboxes import domains, keeping, passwords, queries
from plancia.mailboxes.models import Mailbox
from plancia.organizations.models import Membership
from plancia.organizations.roles import Permission, Right
from plancia.subscriptions.models import Subscription
from plancia.web.mailboxes.forms import MailboxForm, MailboxPasswordForm, MailboxUserForm


@guarded(Permission.VIEW_ORGANIZATION)
@require_safe
def mailboxes(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """List the mailboxes of a product."""
    product = _product(request, sub, Right.VIEW)
    rows = queries.of_product(product.organization_id, product.pk)
    domain = keeping.domain_of(product)
    is_own = not domain or domains.is_own(product.organization_id, domain)
    context = {
        "product": product,
        "rows": rows,
        "domain": domain,
        "record": None if is_own else domains.record_of(product.organization_id, domain),
        "is_looked_up": bool(settings.DNS_URL),
        "may_manage": request.access.may_product(product.pk, product.product_type, Right.MANAGE),
        "may_open": bool(domain) and is_own and len(rows) < product.quantity,
    }
    return render(request, "mailboxes/list.html", context)


@guarded(Permission.VIEW_ORGANIZATION)
@require_POST
def prove_domain(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Look for the record that shows the domain of a product to be the organization's."""
    product = _product(request, sub, Right.MANAGE)
    domain = keeping.domain_of(product)
    if not domain:
        raise Http404
    try:
        domains.prove(organization_id=product.organization_id, domain=domain, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(domain)s is yours: mailboxes can be opened.") % {"domain": domain})
    return redirect("mailboxes", org=org, sub=sub)


@guarded(Permission.VIEW_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def new_mailbox(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Open a mailbox under the domain of a product."""
    product = _product(request, sub, Right.MANAGE)
    domain = keeping.domain_of(product)
    if not domain:
        raise Http404
    form = MailboxForm(request.POST or None, domain=domain)
    if request.method == "POST" and form.is_valid():
        asked = {"actor": actor(request), "at": clock.now()}
        try:
            address = f"{form.cleaned_data['local'].strip().partition('@')[0]}@{domain}"
            _open(product, address, form.cleaned_data, asked)
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
            if refusal.field == "email":
                form.add_error("local", str(refusal))
        else:
            messages.success(request, _("%(address)s is open.") % {"address": address})
            return redirect("mailboxes", org=org, sub=sub)
    return render(request, "mailboxes/new.html", {"product": product, "form": form}, status=422 if form.errors else 200)


@guarded(Permission.VIEW_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def mailbox_password(request: MemberRequest, org: str, sub: str, mbx: str) -> HttpResponse:
    """Give a mailbox another password, and no other mailbox."""
    product, mailbox = _mailbox(request, sub, mbx)
    form = MailboxPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.change(mailbox_id=mailbox.pk, **form.cleaned_data, actor=actor(request), at=clock.now())
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The password of %(address)s is changed.") % {"address": mailbox.address})
            return redirect("mailboxes", org=org, sub=sub)
    context = {"product": product, "mailbox": mailbox, "form": form}
    return render(request, "mailboxes/password.html", context, status=422 if form.errors else 200)


@guarded(Permission.VIEW_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def mailbox_user(request: MemberRequest, org: str, sub: str, mbx: str) -> HttpResponse:
    """Say whose mailbox it is."""
    product, mailbox = _mailbox(request, sub, mbx)
    found = Membership.objects.filter(organization_id=product.organization_id).select_related("user")
    members = {one.public_id: one.user for one in found.order_by("joined_at", "pk")}
    present = next((key for key, user in members.items() if user.pk == mailbox.user_id), "")
    form = MailboxUserForm(
        request.POST or None,
        members=[(key, f"{user.name} ({user.email})") for key, user in members.items()],
        initial={"user": present},
    )
    if request.method == "POST" and form.is_valid():
        chosen = members.get(form.cleaned_data["user"])
        keeping.give(mailbox_id=mailbox.pk, user_id=chosen.pk if chosen else None, actor=actor(request), at=clock.now())
        messages.success(request, _("Saved."))
        return redirect("mailboxes", org=org, sub=sub)
    context = {"product": product, "mailbox": mailbox, "form": form}
    return render(request, "mailboxes/user.html", context, status=422 if form.errors else 200)


@guarded(Permission.VIEW_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def mailbox_closing(request: MemberRequest, org: str, sub: str, mbx: str) -> HttpResponse:
    """Close a mailbox."""
    product, mailbox = _mailbox(request, sub, mbx)
    if request.method == "POST":
        keeping.close(mailbox_id=mailbox.pk, actor=actor(request), at=clock.now())
        messages.success(request, _("%(address)s is closed.") % {"address": mailbox.address})
        return redirect("mailboxes", org=org, sub=sub)
    return render(request, "mailboxes/closing.html", {"product": product, "mailbox": mailbox})


def _open(product: Subscription, address: str, typed: dict[str, Any], asked: dict[str, Any]) -> None:
    # Both or neither: a password that is refused leaves no mailbox behind.
    with transaction.atomic():
        mailbox = keeping.open_mailbox(product_id=product.pk, address=address, name=typed["name"], **asked)
        passwords.change(mailbox_id=mailbox.pk, new_password=typed["new_password"], **asked)


def _product(request: MemberRequest, sub: str, right: Right) -> Subscription:
    organization = request.access.organization
    product = (
        Subscription.objects.select_related("plan__product_type")
        .by_public_id(sub)
        .filter(organization_id=organization.pk)
        .first()
    )
    if product is None or not request.access.may_product(product.pk, product.product_type, right):
        raise Http404
    if product.has_ended or not (keeping.domain_of(product) or keeping.address_of(product)):
        raise Http404
    request.product_type = product.product_type  # type: ignore[attr-defined]  # the side menu shows where we are
    found: Subscription = product
    return found


def _mailbox(request: MemberRequest, sub: str, mbx: str) -> tuple[Subscription, Mailbox]:
    product = _product(request, sub, Right.MANAGE)
    mailbox = Mailbox.objects.by_public_id(mbx).filter(product=product, closed_at=None).first()
    if mailbox is None:
        raise Http404
    return product, mailbox
