"""Moving prepaid money: topping up, by hand and by itself, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plancia.billing import parties, references
from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import guards
from plancia.kit.forms import tell
from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.roles import Permission
from plancia.payments import customer_references, gateways, profiles
from plancia.payments.methods import Method
from plancia.payments.models import Profile
from plancia.payments.states import PaymentState
from plancia.wallet import automatic, limits, prepaid, topping_up, withdrawing
from plancia.wallet.models import AutomaticTopUp
from plancia.web import asked, departures
from plancia.web.prepaid.forms import AutomaticForm, TopUpForm, WithdrawalForm


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Permission.PAY)
def top_up(request: MemberRequest, org: str) -> HttpResponse:
    """Add money: how much and how, within limits that are shown before."""
    organization, at = request.access.organization, clock.now()
    allowed = limits.of(organization.currency)
    saved = _cards(request)
    form = TopUpForm(
        request.POST or None,
        limits=allowed,
        saved=saved,
        methods=[method for method in (Method.CARD, Method.PAYPAL) if gateways.names(method)],
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["method"]
        if chosen == Method.TRANSFER:
            return redirect("prepaid-transfer", org=org)
        profile_id = ids.parse(Profile.prefix, chosen)
        try:
            begun = topping_up.start(
                organization_id=organization.pk,
                amount=form.cleaned_data["amount"],
                key=form.cleaned_data["key"],
                method=Method.CARD if profile_id else Method(chosen),
                profile_id=profile_id,
                is_keeping=form.cleaned_data.get("is_keeping", False),
                actor=guards.actor(request),
                at=at,
            )
        except Refusal as refusal:
            tell(form, refusal)
        else:
            back = f"{reverse('prepaid', kwargs={'org': org})}?top-up={begun.public_id}"
            if profile_id or begun.payment.state != PaymentState.PENDING:
                return redirect(back)
            return departures.to_payment(request, begun.payment, back=back)
    context = {"form": form, "org": org, "limits": allowed, "balance": prepaid.balance(organization)}
    page = render(request, "prepaid/top_up.html", context, status=422 if form.is_bound else 200)
    return departures.let_forms_lead_to_the_gateway(page)


@require_safe
@guarded(Permission.SEE_BILLING)
def transfer(request: MemberRequest, org: str) -> HttpResponse:
    """Show where a bank transfer to the account goes, and the reference that it must carry."""
    organization = request.access.organization
    seller = parties.seller_for(organization.country)
    reference = customer_references.of(organization.pk, at=clock.now())
    context = {
        "org": org,
        "seller": seller,
        "iban": references.printed(seller.iban),
        "reference": references.printed(reference),
        "plain_reference": reference,
        "currency": organization.currency,
    }
    return render(request, "prepaid/transfer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Permission.PAY)
def withdrawal(request: MemberRequest, org: str) -> HttpResponse:
    """
    Take money back, to a bank account or PayPal. It is reserved until it has left.

    Who comes from a page that wants the account empty (`next`) is offered all of it, and goes back there.
    """
    organization = request.access.organization
    balance, coming_from = prepaid.balance(organization), request.POST.get("next", request.GET.get("next", ""))
    initial = {"holder": organization.recipient[:70]} | ({"amount": balance.decimal} if coming_from else {})
    form = WithdrawalForm(request.POST or None, currency=organization.currency, initial=initial)
    if request.method == "POST" and form.is_valid() and form.destination is not None:
        try:
            withdrawing.ask(
                organization_id=organization.pk,
                amount=form.cleaned_data["amount"],
                destination=form.destination,
                key=form.cleaned_data["key"],
                note=form.cleaned_data["note"],
                actor=guards.actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("amount", str(refusal))
        else:
            messages.success(request, _("The withdrawal is noted. The amount is reserved until it has been paid out."))
            return redirect(asked.following(request, otherwise=reverse("prepaid", kwargs={"org": org})))
    context = {"form": form, "org": org, "balance": balance, "next": coming_from}
    return render(request, "prepaid/withdrawal.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Permission.PAY)
def automatic_top_up(request: MemberRequest, org: str) -> HttpResponse:
    """Let the account be topped up by itself below a threshold, up to so much a month."""
    organization, at = request.access.organization, clock.now()
    saved = _cards(request)
    known = AutomaticTopUp.objects.filter(organization=organization).select_related("profile").first()
    form = AutomaticForm(
        request.POST or None, currency=organization.currency, saved=saved, initial=_known(known, saved)
    )
    if request.method == "POST" and form.is_valid():
        profile_id = ids.parse(Profile.prefix, form.cleaned_data["profile"])
        if profile_id is None:
            raise Http404
        try:
            automatic.switch_on(
                organization_id=organization.pk,
                profile_id=profile_id,
                threshold=form.cleaned_data["threshold"],
                amount=form.cleaned_data["amount"],
                monthly_cap=form.cleaned_data["monthly_cap"],
                actor=guards.actor(request),
                at=at,
            )
        except Refusal as refusal:
            tell(form, refusal)
        else:
            messages.success(request, _("The account is topped up by itself from now on."))
            return redirect("prepaid", org=org)
    context = {"form": form, "org": org, "saved": saved, "known": known}
    return render(request, "prepaid/automatic.html", context, status=422 if form.is_bound else 200)


@require_POST
@guarded(Permission.PAY)
def automatic_end(request: MemberRequest, org: str) -> HttpResponse:
    """Top up by itself no more."""
    organization = request.access.organization
    automatic.switch_off(organization_id=organization.pk, actor=guards.actor(request), at=clock.now())
    messages.success(request, _("The account is not topped up by itself any more."))
    return redirect("prepaid", org=org)


def _cards(request: MemberRequest) -> list[Profile]:
    ready = profiles.ready(request.access.organization.pk)
    return [profile for profile in ready if profile.method != Method.PREPAID]


def _known(known: AutomaticTopUp | None, saved: list[Profile]) -> dict[str, object]:
    if known is None:
        return {"profile": saved[0].public_id if saved else ""}
    return {
        "threshold": known.threshold.decimal,
        "amount": known.amount.decimal,
        "monthly_cap": known.monthly_cap.decimal,
        "profile": known.profile.public_id,
    }
