"""Products: lists, the page of one, and giving it up."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plancia.kernel import clock
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.kit.pills import STATES
from plancia.leaving import queries as leaving_queries
from plancia.leaving import withdrawal
from plancia.mailboxes import queries as mailboxes
from plancia.organizations.roles import Permission, Right
from plancia.subscriptions import cancellation
from plancia.subscriptions import queries as product_queries
from plancia.subscriptions.queries import ProductDetail
from plancia.subscriptions.states import SubscriptionState
from plancia.web import asked, shell
from plancia.web.products import running


@guarded(Permission.VIEW_ORGANIZATION)
def products(request: MemberRequest, org: str) -> HttpResponse:
    """List all products, or those of the type that is asked for."""
    return _list(request, wanted_type=asked.text(request, "type"), is_all=True)


@guarded(Permission.VIEW_ORGANIZATION)
def products_of_type(request: MemberRequest, org: str, type: str) -> HttpResponse:
    """List the products of one type."""
    return _list(request, wanted_type=type, is_all=False)


@guarded(Permission.VIEW_ORGANIZATION)
def product(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Show one product: its state, why, what happens next, what it costs, its service and what was paid."""
    found = _find(request, sub)
    return render(
        request,
        "products/product.html",
        {
            "may_withdraw": _may_withdraw(request, found),
            "product": found,
            "service": running.service(found.service),
            "may_cancel": _may_cancel(request, found),
            "has_mailboxes": not found.terminated_at and mailboxes.has_any(found.specification),
            "unconfirmed": leaving_queries.open_request_of(found.id),
            "may_change": _may_change(request, found),
            "waiting_change": found.change,
        },
    )


@guarded(Permission.CANCEL_PRODUCTS)
@require_POST
def product_cancellation_withdrawal(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Keep a product after all."""
    found = _find(request, sub)
    if not _may_manage(request, found):
        raise Http404
    cancellation.take_back(subscription_id=found.id, actor=actor(request), at=clock.now())
    messages.success(request, _("%(name)s is kept.") % {"name": found.name})
    return redirect("product", org=org, sub=sub)


def _list(request: MemberRequest, *, wanted_type: str, is_all: bool) -> HttpResponse:
    state, search = asked.text(request, "state"), asked.text(request, "q")
    # Types that are sold no more are still listed for those who hold them.
    contents = shell.contents(request)
    types = [kind for category in contents.categories for kind in category.types]
    kind = next((kind for kind in types if kind.code == wanted_type), None)
    if kind is None and not is_all:
        raise Http404
    return render(
        request,
        "products/list.html",
        {
            "kind": kind,
            "is_all": is_all,
            "types": types,
            "states": [(code, words) for code, (_tone, words) in STATES["product"].items()],
            "state": state,
            "search": search,
            "product_url": reverse("products", kwargs={"org": request.access.organization.public_id}),
            "is_filtered": bool(state or search or (is_all and wanted_type)),
            "page": product_queries.products(
                request.access.organization.pk,
                request.access,
                type=wanted_type,
                state=state,
                search=search,
                page=asked.page(request),
                at=clock.now(),
                contents=contents,
            ),
        },
    )


def _find(request: MemberRequest, sub: str) -> ProductDetail:
    found = product_queries.product(request.access.organization.pk, request.access, sub, at=clock.now())
    if found is None:
        raise Http404
    request.product_type = found.type_code  # type: ignore[attr-defined]  # the side menu marks its type
    return found


def _may_manage(request: MemberRequest, product: ProductDetail) -> bool:
    access = request.access
    return access.may(Permission.CANCEL_PRODUCTS) and access.may_product(product.id, product.type_code, Right.MANAGE)


def _may_change(request: MemberRequest, product: ProductDetail) -> bool:
    access = request.access
    may = access.may(Permission.ORDER) and access.may_product(product.id, product.type_code, Right.MANAGE)
    return may and product.state == SubscriptionState.ACTIVE and product.ending_at is None


def _may_withdraw(request: MemberRequest, product: ProductDetail) -> bool:
    last = withdrawal.until_after(product.ordered_at, request.access.organization)
    return last is not None and clock.now() < last and _may_manage(request, product) and product.terminated_at is None


def _may_cancel(request: MemberRequest, product: ProductDetail) -> bool:
    return _may_manage(request, product) and product.terminated_at is None and product.ending_at is None
