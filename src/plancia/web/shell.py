"""What every page shows around its content: organization picker, menus, language, theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from plancia.accounts import second_factor
from plancia.billing import parties
from plancia.catalog import queries as catalog_queries
from plancia.catalog.queries import CategoryRow, Contents
from plancia.organizations.access import Access, Look
from plancia.organizations.queries import OrganizationRow
from plancia.organizations.roles import Permission
from plancia.subscriptions import queries as product_queries
from plancia.web import navigation, sections

THEME_COOKIE = "theme"
THEMES: dict[str, tuple[str | Promise, str]] = {
    "auto": (_("Like the system"), "monitor"),
    "light": (_("Light"), "sun"),
    "dark": (_("Dark"), "moon"),
}

#: Languages are named in their own words, so that whoever lands in the wrong one finds hers.
LANGUAGE_NAMES = {"it": "Italiano", "en": "English", "fr": "Français", "de": "Deutsch", "es": "Español"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A language or a theme to choose."""

    code: str
    name: str | Promise
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class PickerRow:
    """An organization in the picker."""

    public_id: str
    name: str
    initials: str
    role: str | Promise
    url: str
    is_current: bool


#: So many organizations the picker shows.
PICKED = 8


class Shell:
    """Around one page. Everything is read when a template asks for it, and once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._menus: dict[tuple[str, str], SafeString] = {}
        self._access: Access | None = getattr(request, "access", None)

    @property
    def brand(self) -> str:
        """The provider's name."""
        return parties.seller().name

    @property
    def theme(self) -> str:
        """The theme that the browser asked for; "" follows the system."""
        theme = self._request.COOKIES.get(THEME_COOKIE, "")
        return theme if theme in {"light", "dark"} else ""

    @property
    def themes(self) -> list[Choice]:
        current = self.theme or "auto"
        return [Choice(code, name, icon, code == current) for code, (name, icon) in THEMES.items()]

    @property
    def languages(self) -> list[Choice]:
        current = getattr(self._request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
        return [Choice(code, LANGUAGE_NAMES.get(code, code), "", code == current) for code, _name in settings.LANGUAGES]

    @cached_property
    def organization(self) -> PickerRow | None:
        """The organization that the page is about."""
        if self._access is None:
            return None
        organization = self._access.organization
        return PickerRow(
            public_id=organization.public_id,
            name=organization.name,
            initials=initials(organization.name),
            role=self._access.role.label,
            url="",
            is_current=True,
        )

    @cached_property
    def organizations(self) -> list[PickerRow]:
        """The organizations that the user may switch to."""
        current = self.organization.public_id if self.organization else ""
        return [
            PickerRow(
                public_id=row.public_id,
                name=row.name,
                initials=initials(row.name),
                role=row.role.label,
                url=reverse("organization", kwargs={"org": row.public_id}),
                is_current=row.public_id == current,
            )
            for row in self._nearest
        ]

    @property
    def _nearest(self) -> list[OrganizationRow]:
        """The present one and the first of the others: who has hundreds finds them on a page of their own."""
        rows: list[OrganizationRow] = getattr(self._request, "organizations", [])
        current = [row for row in rows if self.organization and row.public_id == self.organization.public_id]
        return current + [row for row in rows if row not in current][: PICKED - len(current)]

    @property
    def look(self) -> Look | None:
        """Set where staff look at the console as a customer sees it."""
        return self._access.look if self._access else None

    @property
    def organization_count(self) -> int:
        """How many organizations there are to switch to."""
        return len(getattr(self._request, "organizations", []))

    @property
    def has_clients(self) -> bool:
        """Whether the user works for others as a partner."""
        return any(row.is_partner for row in getattr(self._request, "organizations", []))

    @cached_property
    def second_factor_due_at(self) -> datetime | None:
        """By when the user has to have a second factor here, where she has none yet."""
        access = self._access
        if access is None or access.second_factor_due_at is None or second_factor.is_on(access.user_id):
            return None
        return access.second_factor_due_at

    @property
    def console_url(self) -> str:
        """Where a signed-in visitor of the shop gets back to her console."""
        return reverse("home")

    @property
    def help_url(self) -> str:
        """Where one reads about this page."""
        match = self._request.resolver_match
        name = match.url_name if match and match.url_name else "organization"
        url = reverse("help-for", kwargs={"language": getattr(self._request, "LANGUAGE_CODE", "en"), "name": name})
        return f"{url}?org={self.organization.public_id}" if self.organization else url

    @property
    def may_see_billing(self) -> bool:
        return self._may(Permission.SEE_BILLING)

    @property
    def sections(self) -> list[sections.SectionRow]:
        """The groups of the side menu beside the products."""
        if self._access is None or self.organization is None:
            return []
        return sections.rows(self._access, self.organization.public_id, place=self.place)

    @cached_property
    def place(self) -> str:
        """Which page of the side menu this is, or belongs to."""
        return sections.place(self._request.path, self.organization.public_id) if self.organization else ""

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the user may do in the organization."""
        return self._access.permissions if self._access else frozenset()

    @property
    def may_order(self) -> bool:
        return self._may(Permission.ORDER)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many products of each type the user sees."""
        if self._access is None:
            return {}
        return product_queries.counts_by_type(self._access.organization.pk, self._access)

    @property
    def may_manage_members(self) -> bool:
        return self._may(Permission.MANAGE_MEMBERS)

    @property
    def may_edit(self) -> bool:
        return self._may(Permission.EDIT_ORGANIZATION)

    @property
    def may_cancel(self) -> bool:
        return self._may(Permission.CANCEL_PRODUCTS)

    @property
    def held_types(self) -> int:
        """How many types of product there are at least one of."""
        return len(self.counts)

    @property
    def product_count(self) -> int:
        return sum(self.counts.values())

    @property
    def side_menu(self) -> SafeString:
        """Categories and their product types, for the side menu."""
        return self._menu("ui/product_groups.html", current_type=self.current_type)

    @property
    def products_menu(self) -> SafeString:
        """Categories and their product types, for the products menu."""
        return self._menu("ui/product_columns.html")

    @property
    def tiles(self) -> SafeString:
        """Categories and their product types, as tiles."""
        return self._menu("ui/product_tiles.html")

    @property
    def current_type(self) -> str:
        """The type of product that the page is about; a product page says it by `request.product_type`."""
        match = self._request.resolver_match
        named = match.kwargs.get("type", "") if match else ""
        return str(named or getattr(self._request, "product_type", ""))

    @cached_property
    def _categories(self) -> Sequence[CategoryRow]:
        return contents(self._request).categories

    def _menu(self, template: str, current_type: str = "") -> SafeString:
        if self.organization is None:
            return SafeString("")
        key = (template, current_type)
        if key not in self._menus:
            self._menus[key] = navigation.draw(
                template,
                self._categories,
                self.organization.public_id,
                counts=self.counts,
                current_type=current_type,
            )
        return self._menus[key]

    def _may(self, permission: Permission) -> bool:
        return self._access is not None and self._access.may(permission)


def contents(request: HttpRequest) -> Contents:
    """Return the catalogue as menus and lists show it, read once a request."""
    if not hasattr(request, "catalogue_contents"):
        request.catalogue_contents = catalog_queries.contents()  # type: ignore[attr-defined]  # read here alone
    return request.catalogue_contents  # type: ignore[attr-defined, no-any-return]


def initials(name: str) -> str:
    """Return one or two letters for an avatar: of the first two words."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or name[:1].upper() or "?"


def context(request: HttpRequest) -> dict[str, object]:
    """Return what the shell of a page needs."""
    return {"is_demo": settings.IS_DEMO, "shell": Shell(request)}
