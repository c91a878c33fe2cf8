"""Claims: what apps learn of a user's organizations, roles and products, as it is when they ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from plancia.accounts.models import User
from plancia.kernel import ids, tenancy
from plancia.organizations import queries
from plancia.organizations.access import Access
from plancia.organizations.models import Organization
from plancia.organizations.roles import Permission, Right
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState

#: A token is sent with every request: it does not hold a whole agency's clients.
MOST_ORGANIZATIONS, MOST_PRODUCTS = 20, 200


def of_person(user: User, scopes: frozenset[str]) -> dict[str, Any]:
    """Return who a user is, as far as the scopes go. Source: OpenID Connect Core 1.0, 5.1 and 5.4."""
    claims: dict[str, Any] = {"sub": user.public_id}
    if "email" in scopes:
        claims |= {"email": user.email, "email_verified": True}
    if "profile" in scopes:
        claims |= {
            "name": user.name,
            "given_name": user.first_name,
            "family_name": user.last_name,
            "preferred_username": user.email,
            "locale": user.language,
        }
    return claims


def of_organizations(user: User, *, only: UUID | None, at: datetime) -> list[dict[str, Any]]:
    """Return the organizations of a user, her role there, and the products that she reaches: all, or the one chosen."""
    # Who asks by a token is signed in to nothing: the database learns for whom.
    tenancy.enter_user(user.pk)
    wanted = ids.public(Organization.prefix, only) if only else ""
    rows = [row for row in queries.organizations_of(user.pk) if not wanted or row.public_id == wanted]
    found = [queries.access(user.pk, row.public_id, at=at) for row in rows[:MOST_ORGANIZATIONS]]
    return [_organization(access) for access in found if access]


def _organization(access: Access) -> dict[str, Any]:
    organization = access.organization
    with tenancy.within(organization.pk):
        products = Subscription.objects.filter(organization_id=organization.pk).select_related("plan")
        living = products.exclude(state=SubscriptionState.TERMINATED).order_by("pk")[:MOST_PRODUCTS]
        entitlements = [
            {
                "product": product.public_id,
                "type": product.product_type,
                "plan": product.plan.code,
                "name": product.name,
                "state": product.state,
                "right": right.value,
            }
            for product in living
            if (right := _right(access, product))
        ]
    return {
        "id": organization.public_id,
        "name": organization.name,
        "role": access.role.value,
        "billing": access.may(Permission.SEE_BILLING),
        "entitlements": entitlements,
    }


def _right(access: Access, product: Subscription) -> Right | None:
    return next(
        (right for right in reversed(Right) if access.may_product(product.pk, product.product_type, right)), None
    )
