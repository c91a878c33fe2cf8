"""
Roles and what they grant: the one table that views, pages and documents read.

Source: SPEC 2.4; docs/roles.md shows it to people, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(StrEnum):
    """What a member is in an organization, from the most to the least."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    COLLABORATOR = "collaborator"
    EXTERNAL = "external"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _ROLES[self]

    @property
    def sees_all_products(self) -> bool:
        """Whether it covers every product, now and later; the others see what they were granted."""
        return self in SEE_ALL_PRODUCTS


class Right(StrEnum):
    """What may be done with a product, from the least to the most; each includes those before it."""

    VIEW = "view"
    OPERATE = "operate"
    MANAGE = "manage"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _RIGHTS[self]

    def includes(self, other: Right) -> bool:
        """Say whether who has this right has the `other` too."""
        ranks = list(Right)
        return ranks.index(self) >= ranks.index(other)


class Permission(StrEnum):
    """What may be done in an organization. Every page behind an organization's URL names one."""

    VIEW_ORGANIZATION = "view_organization"
    SEE_MEMBERS = "see_members"
    MANAGE_MEMBERS = "manage_members"
    GRANT_OWNER = "grant_owner"
    SEE_BILLING = "see_billing"
    PAY = "pay"
    ORDER = "order"
    CANCEL_PRODUCTS = "cancel_products"
    EDIT_ORGANIZATION = "edit_organization"
    SEE_LOG = "see_log"
    TRANSFER_PRODUCTS = "transfer_products"
    DELETE_ORGANIZATION = "delete_organization"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _PERMISSIONS[self]


#: What the *billing* switch adds to a role that does not have it.
BILLING = frozenset({Permission.SEE_BILLING, Permission.PAY, Permission.ORDER, Permission.CANCEL_PRODUCTS})

_MEMBER = frozenset({Permission.VIEW_ORGANIZATION})
_ADMINISTRATOR = (
    _MEMBER
    | BILLING
    | {
        Permission.SEE_MEMBERS,
        Permission.MANAGE_MEMBERS,
        Permission.EDIT_ORGANIZATION,
        Permission.SEE_LOG,
        Permission.TRANSFER_PRODUCTS,
        Permission.DELETE_ORGANIZATION,
    }
)

#: What each role may do, without the billing switch.
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: _ADMINISTRATOR | {Permission.GRANT_OWNER},
    Role.ADMINISTRATOR: _ADMINISTRATOR,
    Role.COLLABORATOR: _MEMBER,
    Role.EXTERNAL: _MEMBER,
}

#: Roles that may be given the billing switch. Owners and administrators have it by role; an external never has it.
MAY_HAVE_BILLING = frozenset({Role.COLLABORATOR})

#: Roles that see and manage every product without a grant.
SEE_ALL_PRODUCTS = frozenset({Role.OWNER, Role.ADMINISTRATOR})


def granted(role: Role, *, has_billing: bool) -> frozenset[Permission]:
    """Return all that a member with `role` may do, with or without the billing switch."""
    return GRANTS[role] | (BILLING if has_billing and role in MAY_HAVE_BILLING else frozenset())


_ROLES = {
    Role.OWNER: _("Owner"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.COLLABORATOR: _("Collaborator"),
    Role.EXTERNAL: _("External"),
}
_RIGHTS = {
    Right.VIEW: _("View"),
    Right.OPERATE: _("Operate"),
    Right.MANAGE: _("Manage"),
}
_PERMISSIONS = {
    Permission.VIEW_ORGANIZATION: _("Enter the organization"),
    Permission.SEE_MEMBERS: _("See members"),
    Permission.MANAGE_MEMBERS: _("Manage members, teams and invitations"),
    Permission.GRANT_OWNER: _("Grant the owner role, add a partner"),
    Permission.SEE_BILLING: _("See invoices, payments and the prepaid account"),
    Permission.PAY: _("Pay"),
    Permission.ORDER: pgettext_lazy("verb", "Order"),
    Permission.CANCEL_PRODUCTS: _("Cancel products"),
    Permission.EDIT_ORGANIZATION: _("Edit the organization and its security policy"),
    Permission.SEE_LOG: _("See the log"),
    Permission.TRANSFER_PRODUCTS: _("Transfer products"),
    Permission.DELETE_ORGANIZATION: _("Delete the organization"),
}
