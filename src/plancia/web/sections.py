"""
The groups of the side menu beside the products: accounting, settings. One line here puts a page into the menu.

The menu names are those of the guides: Accounting → To pay, Settings → My organization.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.organizations.access import Access
from plancia.organizations.roles import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: the name of its URL, which takes the organization, and who may open it."""

    url: str
    label: str | Promise
    icon: str
    permission: Permission
    #: Other pages that belong to it, as the tabs on it say.
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A group of pages, under the name that the guides call it by."""

    label: str | Promise
    icon: str
    entries: Sequence[Entry]


SECTIONS: Sequence[Section] = (
    Section(
        _("Accounting"),
        "receipt-text",
        (
            Entry("to-pay", _("To pay"), "hand-coins", Permission.SEE_BILLING),
            Entry("forecast", _("Forecast"), "chart-column", Permission.SEE_BILLING),
            Entry("auto-renewals", _("Automatic renewal"), "refresh-cw", Permission.SEE_BILLING),
            Entry("invoices", _("Invoices"), "receipt-text", Permission.SEE_BILLING),
            Entry("prepaid", _("Prepaid account"), "wallet", Permission.SEE_BILLING),
            Entry("billing-addresses", _("Billing addresses"), "map-pin", Permission.SEE_BILLING),
            Entry("payment-methods", _("Payment methods"), "credit-card", Permission.SEE_BILLING),
        ),
    ),
    Section(
        _("Settings"),
        "settings",
        (
            Entry("my-organization", _("My organization"), "building-2", Permission.EDIT_ORGANIZATION),
            Entry(
                "members",
                _("Members"),
                "users",
                Permission.SEE_MEMBERS,
                also=("invitations", "teams", "roles", "leaving"),
            ),
            Entry("transfers", _("Transfer products"), "arrow-right-left", Permission.TRANSFER_PRODUCTS),
            Entry("security-policy", _("Security"), "shield-check", Permission.EDIT_ORGANIZATION),
            Entry("log", _("Log"), "scroll-text", Permission.SEE_LOG),
            Entry("cancellations", _("Cancellations"), "ban", Permission.CANCEL_PRODUCTS),
            Entry("support", _("Support"), "life-buoy", Permission.VIEW_ORGANIZATION),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the menu shows it."""

    label: str | Promise
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A group as the menu shows it: open where the present page is in it."""

    label: str | Promise
    icon: str
    entries: list[EntryRow]
    is_open: bool


def rows(access: Access, organization: str, *, place: str) -> list[SectionRow]:
    """Return the groups with the pages that this member may open; a group without any is left out."""
    home = reverse("organization", kwargs={"org": organization})
    result = []
    for section in SECTIONS:
        entries = [
            EntryRow(entry.label, f"{home}{_tail(entry.url)}", entry.url == place)
            for entry in section.entries
            if access.may(entry.permission)
        ]
        if entries:
            result.append(SectionRow(section.label, section.icon, entries, any(entry.is_current for entry in entries)))
    return result


def place(path: str, organization: str) -> str:
    """Return the name of the menu's page that an address is of, or belongs to; "" where it is of none."""
    tail = path.removeprefix(reverse("organization", kwargs={"org": organization}))
    for name in ("organization", "products", "orders"):
        if tail == _tail(name):
            return name
    entries = (entry for section in SECTIONS for entry in section.entries)
    return next(
        (entry.url for entry in entries if any(tail.startswith(_tail(name)) for name in (entry.url, *entry.also))), ""
    )


@cache
def _tail(name: str) -> str:
    """Return what follows the organization in the address of a page: the same for each."""
    return reverse(name, kwargs={"org": "any"}).removeprefix(reverse("organization", kwargs={"org": "any"}))
