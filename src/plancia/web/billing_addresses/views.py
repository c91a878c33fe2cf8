"""Billing addresses: the book, and which one invoices carry from now on; the customer's reference of a product."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plancia.billing import addresses, vat_checks
from plancia.billing.models import Address, VatCheck
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit.forms import tell
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations.roles import Permission, Right
from plancia.organizations.states import VatNumberState
from plancia.subscriptions.models import Subscription
from plancia.web import asked
from plancia.web.billing_addresses.forms import AddressForm, ReferenceForm
from plancia.web.shop import countries


@guarded(Permission.SEE_BILLING)
def billing_addresses(request: MemberRequest, org: str) -> HttpResponse:
    """Show the book of addresses, the one in use first."""
    organization = request.access.organization
    book = addresses.book(organization)
    check = vat_checks.last(organization.pk, organization.vat_number) if organization.vat_number else None
    context = {
        "book": book,
        "country": countries.name(book.used.country),
        "others": [(row, countries.name(row.country)) for row in book.others],
        "currency": organization.currency,
        "vat_says": _standing(VatNumberState(organization.vat_number_state), check),
        "may_edit": request.access.may(Permission.ORDER),
    }
    return render(request, "billing_addresses/list.html", context)


@guarded(Permission.ORDER)
def new_billing_address(request: MemberRequest, org: str) -> HttpResponse:
    """Write an address into the book."""
    organization = request.access.organization
    form = AddressForm(request.POST or None, initial={"country": organization.country})
    if form.is_valid():
        try:
            addresses.add(organization_id=organization.pk, draft=form.draft, actor=actor(request), at=clock.now())
        except Refusal as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("The address is in your book."))
            return redirect("billing-addresses", org=org)
    return _form(request, form, _("New billing address"))


@guarded(Permission.ORDER)
def billing_address(request: MemberRequest, org: str, adr: str) -> HttpResponse:
    """Change an address of the book; `in-use` is the one that invoices carry."""
    organization = request.access.organization
    is_used = adr == "in-use"
    row = None if is_used else Address.objects.filter(organization=organization).by_public_id(adr).first()
    if row is None and not is_used:
        raise Http404
    before = addresses.draft_of(row) if row else addresses.book(organization).used
    form = AddressForm(request.POST or None, initial=asdict(before))
    if form.is_valid():
        try:
            addresses.change(
                organization_id=organization.pk,
                address=row.public_id if row else "",
                draft=form.draft,
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("The address is changed. Invoices that exist stay as they are."))
            return redirect("billing-addresses", org=org)
    return _form(request, form, _("Change the billing address"))


@require_POST
@guarded(Permission.ORDER)
def billing_address_use(request: MemberRequest, org: str, adr: str) -> HttpResponse:
    """Let invoices carry an address from now on."""
    _existing(request, adr)
    try:
        addresses.use(organization_id=request.access.organization.pk, address=adr, actor=actor(request), at=clock.now())
    except addresses.CurrencyWouldChange as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Invoices carry this address from now on."))
    return redirect("billing-addresses", org=org)


@require_POST
@guarded(Permission.ORDER)
def billing_address_removal(request: MemberRequest, org: str, adr: str) -> HttpResponse:
    """Take an address out of the book."""
    _existing(request, adr)
    try:
        addresses.remove(
            organization_id=request.access.organization.pk, address=adr, actor=actor(request), at=clock.now()
        )
    except addresses.AddressInUse as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The address is no longer in your book."))
    return redirect("billing-addresses", org=org)


@guarded(Permission.ORDER)
def product_reference(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Say what invoice lines about a product carry."""
    organization = request.access.organization
    product = Subscription.objects.filter(organization=organization).by_public_id(sub).first()
    if product is None or not request.access.may_product(product.pk, product.product_type, Right.VIEW):
        raise Http404
    before = addresses.reference_of(organization.pk, product.public_id)
    form = ReferenceForm(request.POST or None, initial={"reference": before})
    if form.is_valid():
        addresses.name_product(
            organization_id=organization.pk,
            subject=product.public_id,
            text=form.cleaned_data["reference"],
            actor=actor(request),
            at=clock.now(),
        )
        messages.success(request, _("Your reference stands on the invoices to come."))
        return redirect(asked.following(request, otherwise=f"/o/{org}/products/{sub}/"))
    context = {"form": form, "product": product, "next": request.META.get("HTTP_REFERER", "")}
    return render(request, "billing_addresses/reference.html", context, status=422 if form.is_bound else 200)


def _standing(state: VatNumberState, check: VatCheck | None) -> tuple[str, str, object]:
    """What counts of the VAT number: a tone, words, and the instant of the register's answer."""
    at = check.asked_at if check else None
    match state:
        case VatNumberState.VALID if check and check.outcome == "valid":
            return "success", _("confirmed by the register of the European Union"), at
        case VatNumberState.VALID:
            return "info", _("its check digits are right"), None
        case VatNumberState.INVALID:
            return "danger", _("the register of the European Union does not know it"), at
        case VatNumberState.UNVERIFIED:
            return "warning", _("not confirmed yet; until then VAT is charged"), at
    return "neutral", "", None


def _existing(request: MemberRequest, adr: str) -> None:
    if not Address.objects.filter(organization=request.access.organization).by_public_id(adr).exists():
        raise Http404


def _form(request: HttpRequest, form: AddressForm, title: str) -> HttpResponse:
    context = {"form": form, "title": title}
    return render(request, "billing_addresses/form.html", context, status=422 if form.is_bound else 200)
