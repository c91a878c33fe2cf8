"""Tokens: the guard of what programs ask, and who they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from plancia.accounts import api_tokens
from plancia.accounts.api_tokens import Bearer, Scope
from plancia.api import problems
from plancia.kernel import clock, ids, tenancy, transaction
from plancia.kernel.refusals import Refusal
from plancia.organizations import queries
from plancia.organizations.access import Access
from plancia.organizations.models import Organization
from plancia.organizations.roles import Right
from plancia.subscriptions.models import Subscription


class TokenRequest(HttpRequest):
    """A request of a program: whose token it is, and what its user may in the token's organization."""

    bearer: Bearer
    access: Access


def with_token(scope: Scope | None = None) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let programs ask whose token has `scope`, in the name of a user who is still a member."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            kind, _space, token = request.headers.get("Authorization", "").partition(" ")
            try:
                bearer = api_tokens.bearer(token.strip() if kind.lower() == "bearer" else "", at=clock.now())
                tenancy.enter_user(bearer.user.pk)
                organization = ids.public(Organization.prefix, bearer.organization_id)
                access, _others = queries.entrance(bearer.user.pk, organization, at=clock.now())
                if access is None:
                    raise api_tokens.TokenInvalid()
                if scope:
                    bearer.require(scope)
                request.bearer, request.access = bearer, access  # type: ignore[attr-defined]  # see TokenRequest
                with transaction.atomic():
                    return view(request, *args, **kwargs)
            except api_tokens.TokenInvalid as refusal:
                response = problems.refused(refusal, HTTPStatus.UNAUTHORIZED)
                response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
                return response
            except api_tokens.ScopeMissing as refusal:
                return problems.refused(refusal, HTTPStatus.FORBIDDEN)
            except Refusal as refusal:
                return problems.refused(refusal, HTTPStatus.CONFLICT)

        guard.guard = "token"  # type: ignore[attr-defined]  # read by tests/architecture/test_urls.py
        return guard

    return decorate


@with_token()
@require_GET
def me(request: TokenRequest) -> HttpResponse:
    """Say whose token it is, where it counts, and what for."""
    user, organization = request.bearer.user, request.access.organization
    return JsonResponse(
        {
            "object": "token",
            "user": {"object": "user", "id": user.public_id, "email": user.email},
            "organization": {"object": "organization", "id": organization.public_id, "name": organization.name},
            "role": request.access.role.value,
            "scopes": sorted(scope.value for scope in request.bearer.scopes),
        }
    )


@with_token(Scope.PRODUCTS_READ)
@require_GET
def products(request: TokenRequest) -> HttpResponse:
    """List the products that the user sees."""
    found = Subscription.objects.filter(organization_id=request.access.organization.pk).order_by("name", "pk")[:1000]
    seen = [one for one in found if request.access.sees_all_products or _sees(request.access, one)]
    return JsonResponse(
        {
            "object": "list",
            "data": [
                {
                    "object": "product",
                    "id": one.public_id,
                    "type": one.product_type,
                    "name": one.name,
                    "state": one.state,
                    "paid_until": one.paid_until,
                }
                for one in seen
            ],
        }
    )


def _sees(access: Access, product: Subscription) -> bool:
    return access.may_product(product.pk, product.product_type, Right.VIEW)
