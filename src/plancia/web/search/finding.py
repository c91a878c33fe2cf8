"""Finding products, invoices, pages and articles by what somebody types."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from plancia.billing import queries as invoice_queries
from plancia.catalog.queries import Contents
from plancia.kernel import clock
from plancia.kit import formats
from plancia.knowledge import searching
from plancia.knowledge.queries import FALLBACK
from plancia.organizations.access import Access
from plancia.organizations.roles import Permission
from plancia.subscriptions import queries as product_queries

MOST_PRODUCTS, MOST_INVOICES, MOST_PAGES, MOST_ARTICLES = 8, 5, 8, 4


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found, and where it is."""

    name: str
    sub: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind."""

    name: str | Promise
    hits: list[Hit]


#: Pages of an organization: name of the URL, title, icon, and the permission that it takes.
PAGES: tuple[tuple[str, str | Promise, str, Permission], ...] = (
    ("organization", _("Home"), "house", Permission.VIEW_ORGANIZATION),
    ("products", _("All products"), "layers", Permission.VIEW_ORGANIZATION),
    ("orders", _("Orders"), "shopping-cart", Permission.SEE_BILLING),
    ("invoices", _("Invoices"), "receipt-text", Permission.SEE_BILLING),
    ("prepaid", _("Prepaid account"), "wallet", Permission.SEE_BILLING),
    ("members", _("Members"), "users", Permission.SEE_MEMBERS),
)


def find(access: Access, query: str, contents: Contents) -> list[Group]:
    """Return what fits `query`, by kind; the pages alone, where nothing was typed yet. `contents` is the catalogue."""
    groups = [Group(_("Pages"), list(_pages(access, query, contents))[:MOST_PAGES])]
    if query:
        groups.insert(0, Group(_("Products"), _products(access, query, contents)))
        if access.may(Permission.SEE_BILLING):
            groups.insert(1, Group(_("Invoices"), _invoices(access, query)))
        groups.append(Group(_("Help"), _articles(query)))
    return [group for group in groups if group.hits]


def plain(text: str) -> str:
    """Return `text` as it is compared: no capitals, no accents."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


def _pages(access: Access, query: str, contents: Contents) -> Iterator[Hit]:
    org, wanted = access.organization.public_id, plain(query)
    for name, title, icon, permission in PAGES:
        if access.may(permission) and wanted in plain(str(title)):
            yield Hit(str(title), "", icon, reverse(name, kwargs={"org": org}))
    if not query:
        return
    for category in contents.categories:
        for kind in category.types:
            if not kind.is_withdrawn and wanted in plain(kind.name):
                url = reverse("products-of-type", kwargs={"org": org, "type": kind.code})
                yield Hit(kind.name, category.name, kind.icon, url)
    if access.may(Permission.ORDER) and wanted in plain(str(_("Shop"))):
        yield Hit(str(_("Shop")), "", "shopping-bag", reverse("shop"))


def _products(access: Access, query: str, contents: Contents) -> list[Hit]:
    organization = access.organization
    page = product_queries.products(
        organization.pk, access, search=query, size=MOST_PRODUCTS, at=clock.now(), contents=contents
    )
    return [
        Hit(
            row.name,
            f"{row.type_name} · {row.plan_name}",
            row.icon,
            reverse("product", kwargs={"org": organization.public_id, "sub": row.public_id}),
        )
        for row in page.rows
    ]


def _articles(query: str) -> list[Hit]:
    language = get_language() or FALLBACK
    return [
        Hit(html.unescape(strip_tags(hit.title)), "", "circle-question-mark", url)
        for hit in searching.find(query, language, most=MOST_ARTICLES)
        for url in [reverse("help-article", kwargs={"language": language, "number": hit.number, "slug": hit.slug})]
    ]


def _invoices(access: Access, query: str) -> list[Hit]:
    organization = access.organization
    page = invoice_queries.invoices(organization.pk, search=query, size=MOST_INVOICES, at=clock.now())
    return [
        Hit(
            row.number,
            f"{formats.date_short(row.issued_on)} · {formats.money(row.total)}",
            "receipt-text",
            reverse("invoice", kwargs={"org": organization.public_id, "inv": row.public_id}),
        )
        for row in page.rows
    ]
