"""Cancelling: which product, what it means, and the link that makes it count."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from plancia.kernel import clock, tenancy, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, client_ip, guarded, open_to_all
from plancia.leaving import cancelling, inventory, law, queries
from plancia.leaving.inventory import Inventory
from plancia.leaving.queries import RequestDetail
from plancia.organizations.roles import Permission, Right
from plancia.provisioning import reconciling
from plancia.subscriptions import queries as product_queries
from plancia.subscriptions.cancellation import When
from plancia.web import asked, shell
from plancia.web.leaving.forms import CancellationForm


@guarded(Permission.CANCEL_PRODUCTS)
@require_GET
def cancellations(request: MemberRequest, org: str) -> HttpResponse:
    """List the cancellations, unconfirmed ones among them."""
    page = queries.requests(request.access.organization.pk, page=asked.page(request))
    return render(request, "cancellations/list.html", {"page": page})


@guarded(Permission.CANCEL_PRODUCTS)
@require_GET
def types(request: MemberRequest, org: str) -> HttpResponse:
    """Ask which product is to be cancelled: all types, with how many there are of each."""
    counts = product_queries.counts_by_type(request.access.organization.pk, request.access)
    categories = shell.contents(request).categories
    kinds = [(kind, counts.get(kind.code, 0)) for category in categories for kind in category.types]
    shown = [(kind, count) for kind, count in kinds if count or not kind.is_withdrawn]
    return render(request, "cancellations/types.html", {"kinds": shown})


@guarded(Permission.CANCEL_PRODUCTS)
@require_GET
def choice(request: MemberRequest, org: str, type: str) -> HttpResponse:
    """List the products of a type, to choose one or several of them."""
    contents = shell.contents(request)
    if type not in contents.types:
        raise Http404
    organization_id = request.access.organization.pk
    page = product_queries.products(
        organization_id, request.access, type=type, page=asked.page(request), at=clock.now(), contents=contents
    )
    context = {
        "kind": contents.types[type],
        "page": page,
        "leaving": queries.leaving(organization_id, [row.public_id for row in page.rows]),
    }
    return render(request, "cancellations/choice.html", context)


@guarded(Permission.CANCEL_PRODUCTS)
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest, org: str) -> HttpResponse:
    """Say what is lost and what stays due, ask when and why, and send the link that makes it count."""
    at = clock.now()
    wanted = inventory.keys((request.POST if request.method == "POST" else request.GET).getlist("sub"))
    if not wanted:
        messages.warning(request, _("Choose at least one product."))
        return redirect("cancellation-types", org=org)
    found = inventory.take(request.access.organization.pk, wanted, at=at, contents=shell.contents(request))
    _manageable(request, found, len(wanted))
    form = CancellationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                filed = cancelling.request(
                    organization_id=request.access.organization.pk,
                    subscription_ids=wanted,
                    when=When(form.cleaned_data["when"]),
                    cause=form.cleaned_data["cause"],
                    comment=form.cleaned_data["comment"],
                    email=request.user.email,
                    language=get_language() or request.user.language,
                    actor=actor(request),
                    at=at,
                )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            return redirect("cancellation", org=org, crq=filed.public_id)
    context = {
        "inventory": found,
        "form": form,
        "subs": [loss.public_id for loss in found.losses],
        "law": law.of(request.access.organization),
        "others": urlencode(
            [("sub", one.public_id) for one in found.losses] + [("sub", one.public_id) for one in found.companions]
        ),
    }
    return render(request, "cancellations/new.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.CANCEL_PRODUCTS)
@require_safe
def of_product(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Go to the cancellation of one product, of those that one sees."""
    if product_queries.product(request.access.organization.pk, request.access, sub, at=clock.now()) is None:
        raise Http404
    return redirect(f"{reverse('cancellation-new', kwargs={'org': org})}?{urlencode({'sub': sub})}")


@guarded(Permission.CANCEL_PRODUCTS)
@require_POST
def look_again(request: MemberRequest, org: str) -> HttpResponse:
    """Let the drivers look what is in the products now."""
    wanted = inventory.keys(request.POST.getlist("sub"))
    found = inventory.take(request.access.organization.pk, wanted, at=clock.now())
    _manageable(request, found, len(wanted))
    reconciling.look_again([loss.public_id for loss in found.losses], at=clock.now())
    messages.info(request, _("We are looking. Load the page again in a moment."))
    query = urlencode([("sub", loss.public_id) for loss in found.losses])
    return redirect(f"{reverse('cancellation-new', kwargs={'org': org})}?{query}")


@guarded(Permission.CANCEL_PRODUCTS)
@require_GET
def cancellation(request: MemberRequest, org: str, crq: str) -> HttpResponse:
    """Show a cancellation: unconfirmed, what ends when, or the proof of what was destroyed."""
    return render(request, "cancellations/cancellation.html", {"cancellation": _find(request, crq)})


@guarded(Permission.CANCEL_PRODUCTS)
@require_POST
def withdrawal(request: MemberRequest, org: str, crq: str) -> HttpResponse:
    """Take an unconfirmed cancellation back."""
    cancelling.withdraw(request_id=_find(request, crq).id, actor=actor(request), at=clock.now())
    messages.success(request, _("The cancellation is taken back. Everything goes on as before."))
    return redirect("cancellation", org=org, crq=crq)


@guarded(Permission.CANCEL_PRODUCTS)
@require_POST
def reminder(request: MemberRequest, org: str, crq: str) -> HttpResponse:
    """Send the link once more."""
    found = _find(request, crq)
    cancelling.remind(request_id=found.id, at=clock.now())
    messages.success(request, _("We have sent the link to %(email)s again.") % {"email": found.email})
    return redirect("cancellation", org=org, crq=crq)


@open_to_all
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a mail is about, and carry it out at a press: whoever only opens it changes nothing."""
    at = clock.now()
    try:
        filed = cancelling.find(token)
        if request.method == "POST":
            filed = cancelling.confirm(token=token, ip=client_ip(request), at=at)
            return _link_page(request, filed.organization_id, filed.public_id, is_done=True)
        cancelling.refuse_unless_open(filed, at=at)
    except Refusal as refusal:
        return render(request, "cancellations/link_refused.html", {"sentence": str(refusal)}, status=410)
    return _link_page(request, filed.organization_id, filed.public_id, is_done=False)


def _link_page(request: HttpRequest, organization_id: UUID, public_id: str, *, is_done: bool) -> HttpResponse:
    # The bearer need not be signed in: the page tells her names and dates, and nothing else of the organization.
    with tenancy.within(organization_id):
        found = queries.request(organization_id, public_id)
        assert found is not None
        keys = inventory.keys([product.public_id for product in found.products])
        losses = inventory.take(organization_id, keys, at=clock.now()).losses
        context = {"cancellation": found, "is_done": is_done, "ends": [(loss.name, loss.ends_at) for loss in losses]}
        response = render(request, "cancellations/link.html", context)
    # Who reads over a shoulder later must not find it by "back".
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _find(request: MemberRequest, crq: str) -> RequestDetail:
    found = queries.request(request.access.organization.pk, crq)
    if found is None:
        raise Http404
    return found


def _manageable(request: MemberRequest, found: Inventory, wanted: int) -> None:
    """Raises: Http404, where a product is not there, has ended, or is not the member's to manage."""
    mine = [loss for loss in found.losses if request.access.may_product(loss.id, loss.type_code, Right.MANAGE)]
    if len(mine) != wanted:
        raise Http404
