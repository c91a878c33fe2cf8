"""Statements of the prepaid account, as a document."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from plancia.billing import parties, references, typesetting
from plancia.billing.wording import Wording
from plancia.organizations.models import Organization
from plancia.wallet import queries

_TEMPLATE = "prepaid_statement.typ"


def pdf(organization: Organization, year: int, *, language: str, at: datetime) -> bytes:
    """Return the moves on an organization's prepaid account in a civil year as PDF/A-3b."""
    told, seller, today = queries.statement_of_year(organization, year), parties.seller(), localdate(at)
    with translation.override(language):
        wording = Wording.of(language, organization.country)
        facts = {
            "language": language,
            "accent": seller.accent,
            "title": _("Prepaid account, statement %(year)s") % {"year": year},
            "seller": seller.name,
            "footer": [seller.name, f"IBAN {references.printed(seller.iban)}"],
            "recipient": [organization.recipient or organization.name, *_address(organization)],
            "facts": [
                [_("Organization"), organization.name],
                [_("Currency"), organization.currency],
                [_("Made on"), wording.day(today)],
                [_("Balance at the beginning"), wording.money(told.opening)],
                [_("Balance at the end"), wording.money(told.closing)],
            ],
            "heads": [_("Date"), _("What for"), _("Amount"), _("Balance")],
            "rows": [
                [
                    wording.short_day(localdate(row.at)),
                    str(row.label),
                    wording.money(row.amount),
                    wording.money(row.balance),
                ]
                for row in told.rows
            ],
            "none": _("Nothing has moved in this year."),
            "folio": _("Page {page} of {pages}"),
        }
        return typesetting.compile_pdf(_TEMPLATE, facts, on=today)


def _address(organization: Organization) -> list[str]:
    street = f"{organization.street} {organization.house_number}".strip()
    town = f"{organization.postcode} {organization.city}".strip()
    return [line for line in (street, town) if line]
