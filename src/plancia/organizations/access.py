"""Access: what one user may do in one organization, read once a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from plancia.organizations.models import Organization
from plancia.organizations.roles import Permission, Right, Role, granted


@dataclass(frozen=True, slots=True)
class GrantedRight:
    """A right on one product, or on all products of a type, present and future."""

    right: Right
    product_id: UUID | None = None
    product_type: str = ""

    def covers(self, product_id: UUID, product_type: str) -> bool:
        """Say whether it is about this product."""
        return self.product_id == product_id if self.product_id else self.product_type == product_type


@dataclass(frozen=True, slots=True)
class Look:
    """That it is somebody of the staff who looks, why, and until when: she changes nothing."""

    reason: str
    ends_at: datetime
    #: Whether the customer had allowed it: it counts for as long as her leave does.
    is_allowed: bool


@dataclass(frozen=True, slots=True)
class Access:
    """A user's membership in an organization, with all that it grants."""

    organization: Organization
    membership_id: UUID
    user_id: UUID
    role: Role
    has_billing: bool
    product_rights: tuple[GrantedRight, ...] = ()
    #: From when on the organization lets nobody in without a second factor, if it asks for one.
    second_factor_due_at: datetime | None = None
    #: Set where staff look at the console as a customer sees it.
    look: Look | None = None
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "permissions", granted(self.role, has_billing=self.has_billing))

    @property
    def sees_all_products(self) -> bool:
        """Whether every product, now and later, is within reach."""
        return self.role.sees_all_products

    def may(self, permission: Permission) -> bool:
        """Say whether the member may do what `permission` names."""
        return permission in self.permissions

    def may_product(self, product_id: UUID, product_type: str, right: Right) -> bool:
        """Say whether the member has `right` on a product: by role, or by any of the grants, which add up."""
        return self.sees_all_products or any(
            granted_right.covers(product_id, product_type) and granted_right.right.includes(right)
            for granted_right in self.product_rights
        )

    def visible_product_filter(self) -> tuple[set[UUID], set[str]]:
        """Return the products and the types that grants make visible; ask only where not all are seen."""
        return (
            {granted_right.product_id for granted_right in self.product_rights if granted_right.product_id},
            {granted_right.product_type for granted_right in self.product_rights if granted_right.product_type},
        )
