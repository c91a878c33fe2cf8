"""
Staffing: what the provider's own people may do in the back office, by role. Pages and documents read this one table.

Source: SPEC §0, §9; docs/roles.md shows it to people, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class StaffRole(StrEnum):
    """What somebody of the staff is there for. A person may have several."""

    SUPPORT = "support"
    BILLING = "billing"
    CATALOGUE = "catalogue"
    ADMIN = "admin"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _ROLES[self]


class Duty(StrEnum):
    """What may be done in the back office. Every page of it names one."""

    ENTER = "enter"
    SEE_CUSTOMERS = "see_customers"
    SECURE_ACCOUNTS = "secure_accounts"
    LOOK_IN = "look_in"
    LOOK_UNASKED = "look_unasked"
    ANSWER_REQUESTS = "answer_requests"
    RUN_SERVICES = "run_services"
    GRANT_OFFERS = "grant_offers"
    RECORD_MONEY = "record_money"
    RETURN_MONEY = "return_money"
    SEE_BOOKS = "see_books"
    EDIT_CATALOGUE = "edit_catalogue"
    EDIT_HELP = "edit_help"
    REGISTER_APPS = "register_apps"
    HOLD_BACK = "hold_back"
    MANAGE_STAFF = "manage_staff"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _DUTIES[self]


#: What each role may do; who has several may do what any of them may.
DUTIES: Mapping[StaffRole, frozenset[Duty]] = {
    StaffRole.SUPPORT: frozenset(
        {
            Duty.ENTER,
            Duty.SEE_CUSTOMERS,
            Duty.SECURE_ACCOUNTS,
            Duty.LOOK_IN,
            Duty.ANSWER_REQUESTS,
            Duty.RUN_SERVICES,
            Duty.GRANT_OFFERS,
            Duty.EDIT_HELP,
        }
    ),
    StaffRole.BILLING: frozenset(
        {
            Duty.ENTER,
            Duty.SEE_CUSTOMERS,
            Duty.ANSWER_REQUESTS,
            Duty.GRANT_OFFERS,
            Duty.RECORD_MONEY,
            Duty.RETURN_MONEY,
            Duty.SEE_BOOKS,
        }
    ),
    StaffRole.CATALOGUE: frozenset({Duty.ENTER, Duty.GRANT_OFFERS, Duty.EDIT_CATALOGUE, Duty.EDIT_HELP}),
    StaffRole.ADMIN: frozenset(Duty),
}


def duties(roles: Iterable[str]) -> frozenset[Duty]:
    """Return all that somebody with these roles may do."""
    return frozenset(duty for role in roles for duty in DUTIES[StaffRole(role)])


_ROLES = {
    StaffRole.SUPPORT: _("Support"),
    StaffRole.BILLING: _("Billing staff"),
    StaffRole.CATALOGUE: _("Catalogue staff"),
    StaffRole.ADMIN: _("Staff administrator"),
}
_DUTIES = {
    Duty.ENTER: _("Enter the back office"),
    Duty.SEE_CUSTOMERS: _("See customers with their products, orders, invoices and payments"),
    Duty.SECURE_ACCOUNTS: _("End sessions, require a new password"),
    Duty.LOOK_IN: _("Look at the console as a customer sees it, where she allows it"),
    Duty.LOOK_UNASKED: _("Look at it without being allowed, for a reason that she can read"),
    Duty.ANSWER_REQUESTS: _("Answer requests"),
    Duty.RUN_SERVICES: _("Look after services"),
    Duty.GRANT_OFFERS: _("Grant promo codes and complimentary offers"),
    Duty.RECORD_MONEY: _("Record and match money that arrived"),
    Duty.RETURN_MONEY: _("Return money, write credit notes, approve withdrawals"),
    Duty.SEE_BOOKS: _("See the ledger, VAT and reports"),
    Duty.EDIT_CATALOGUE: _("Edit the catalogue and settings"),
    Duty.EDIT_HELP: _("Edit the help centre and the trust page"),
    Duty.REGISTER_APPS: _("Register apps that people sign in to through us"),
    Duty.HOLD_BACK: _("See what retention erases, and hold something back from it"),
    Duty.MANAGE_STAFF: _("Say who is staff, and with which roles"),
}
