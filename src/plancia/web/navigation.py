"""The side menu and the products menu: categories, their product types, and how many products there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from plancia.catalog import queries as catalog_queries


# With so few types held, all of them stand open in the menu; with more, the groups say how many there are.
_FEW = 4


@dataclass(frozen=True, slots=True)
class TypeItem:
    """A product type in a menu or on a tile."""

    code: str
    name: str
    summary: str
    icon: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class CategoryItem:
    """A group of product types; `is_open` where the present page, or a product, belongs to it."""

    name: str
    icon: str
    types: list[TypeItem]
    count: int
    is_open: bool


def items(organization: str, *, counts: Mapping[str, int], current_type: str) -> list[CategoryItem]:
    """Return the menu of an organization in the present language. Types that are sold no more show while held."""
    # Building fifty addresses one by one with `reverse` would cost more than the page; they differ in one word.
    pattern = reverse("products-of-type", kwargs={"org": organization, "type": "type"})
    address = pattern.removesuffix("type/") + "{}/"
    is_small = sum(1 for count in counts.values() if count) <= _FEW
    categories = []
    for category in catalog_queries.navigation():
        types = [
            TypeItem(
                code=kind.code,
                name=kind.name,
                summary=kind.summary,
                icon=kind.icon,
                count=counts.get(kind.code, 0),
                url=address.format(kind.code),
                is_current=kind.code == current_type,
            )
            for kind in category.types
        ]
        count = sum(kind.count for kind in types)
        is_open = any(kind.is_current for kind in types) or (is_small and count > 0)
        categories.append(CategoryItem(category.name, category.icon, types, count, is_open))
    return categories
