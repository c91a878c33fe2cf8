"""The side menu of the back office: one line here puts a page into it, for those whose duties open the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.accounts.staffing import Duty


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: the name of its URL, and the duty that opens it."""

    url: str
    label: str | Promise
    icon: str
    duty: Duty


@dataclass(frozen=True, slots=True)
class Section:
    """A group of pages."""

    label: str | Promise
    entries: Sequence[Entry]


SECTIONS: Sequence[Section] = (
    Section(
        _("Back office"),
        (
            Entry("staff", _("Home"), "house", Duty.ENTER),
            Entry("staff-organizations", _("Organizations"), "building-2", Duty.SEE_CUSTOMERS),
            Entry("staff-users", _("Users"), "users", Duty.SEE_CUSTOMERS),
            Entry("staff-products", _("Products"), "layers", Duty.SEE_CUSTOMERS),
            Entry("staff-apps", _("Apps"), "app-window", Duty.REGISTER_APPS),
            Entry("staff-provisioning", _("Provisioning"), "wrench", Duty.RUN_SERVICES),
            Entry("staff-timetable", _("Timetable"), "calendar-clock", Duty.RUN_SERVICES),
            Entry("staff-retention", _("Retention"), "eraser", Duty.HOLD_BACK),
        ),
    ),
    Section(
        _("Shop"),
        (
            Entry("staff-campaigns", _("Campaigns"), "tag", Duty.GRANT_OFFERS),
            Entry("staff-grants", _("Complimentary offers"), "gift", Duty.GRANT_OFFERS),
            Entry("staff-carts", _("Abandoned carts"), "shopping-basket", Duty.GRANT_OFFERS),
        ),
    ),
    Section(
        _("Help"),
        (
            Entry("staff-help", _("Articles"), "book-open", Duty.EDIT_HELP),
            Entry("staff-help-worst", _("To improve"), "thumbs-down", Duty.EDIT_HELP),
            Entry("staff-help-questions", _("Not found"), "search-x", Duty.EDIT_HELP),
        ),
    ),
    Section(
        _("Support"),
        (
            Entry("staff-requests", _("Requests"), "inbox", Duty.ANSWER_REQUESTS),
            Entry("staff-status", _("Status page"), "activity", Duty.RUN_SERVICES),
            Entry("staff-declarations", _("Declarations"), "file-x-2", Duty.ANSWER_REQUESTS),
            Entry("staff-feedback", _("Feedback"), "message-square", Duty.ANSWER_REQUESTS),
        ),
    ),
    Section(
        _("Accounting"),
        (
            Entry("staff-held", _("Held orders"), "shield-alert", Duty.RECORD_MONEY),
            Entry("staff-orders", _("Orders"), "shopping-cart", Duty.SEE_CUSTOMERS),
            Entry("staff-invoices", _("Invoices"), "receipt-text", Duty.SEE_CUSTOMERS),
            Entry("staff-payments", _("Payments"), "banknote", Duty.SEE_CUSTOMERS),
            Entry("staff-attempts", _("Collecting renewals"), "refresh-cw", Duty.SEE_BOOKS),
            Entry("staff-dry-run", _("Dry run"), "flask-conical", Duty.SEE_BOOKS),
            Entry("staff-open-items", _("Open items"), "hourglass", Duty.SEE_BOOKS),
            Entry("staff-vat", _("VAT"), "percent", Duty.SEE_BOOKS),
            Entry("staff-ledger", _("Ledger"), "book-open", Duty.SEE_BOOKS),
            Entry("staff-bank", _("Money at the bank"), "landmark", Duty.RECORD_MONEY),
            Entry("staff-payouts", _("Payouts"), "banknote-arrow-up", Duty.RETURN_MONEY),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the menu shows it."""

    label: str | Promise
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A group as the menu shows it."""

    label: str | Promise
    entries: list[EntryRow]


def rows(duties: frozenset[Duty], path: str) -> list[SectionRow]:
    """Return the groups with the pages that these duties open; a group without any is left out."""
    result = []
    for section in SECTIONS:
        entries = [
            EntryRow(entry.label, url, entry.icon, path == url or (path.startswith(url) and entry.duty != Duty.ENTER))
            for entry in section.entries
            if entry.duty in duties and (url := reverse(entry.url))
        ]
        if entries:
            result.append(SectionRow(section.label, entries))
    return result
