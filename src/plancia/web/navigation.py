"""The side menu, the products menu and the tiles: categories, their product types, and how many products there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from plancia.catalog.queries import CategoryRow

# With so few types held, all of them stand open in the menu; with more, the groups say how many there are.
_FEW = 4

# Menus drawn before, and the categories they were drawn of. Replaced whole, so threads need no lock.
_drawn: tuple[Sequence[CategoryRow], dict[tuple[object, ...], SafeString]] = ((), {})
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class TypeItem:
    """A product type in a menu or on a tile."""

    code: str
    name: str
    icon: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class CategoryItem:
    """A group of product types; `is_open` where the present page, or one of few products, belongs to it."""

    name: str
    icon: str
    types: list[TypeItem]
    count: int
    is_open: bool


def draw(
    template: str,
    categories: Sequence[CategoryRow],
    organization: str,
    *,
    counts: Mapping[str, int],
    current_type: str = "",
) -> SafeString:
    """
    Return a menu of an organization, drawn with `template` in the present language.

    Twenty types in three menus are most of the work of a page, and seldom change: what was drawn is kept while the
    catalogue and the counts stay as they are.
    """
    global _drawn
    known, kept = _drawn
    if known is not categories or len(kept) > _MOST:
        kept = {}
        _drawn = (categories, kept)
    key = (template, organization, get_language(), current_type, tuple(sorted(counts.items())))
    if key not in kept:
        shown = items(categories, organization, counts=counts, current_type=current_type)
        kept[key] = SafeString(render_to_string(template, {"navigation": shown}))
    return kept[key]


def items(
    categories: Sequence[CategoryRow], organization: str, *, counts: Mapping[str, int], current_type: str
) -> list[CategoryItem]:
    """Return the categories with their types; types that are sold no more, while there are products of them."""
    pattern = reverse("products-of-type", kwargs={"org": organization, "type": "type"}).removesuffix("type/")
    is_small = sum(1 for count in counts.values() if count) <= _FEW
    result = []
    for category in categories:
        types = [
            TypeItem(
                code=kind.code,
                name=kind.name,
                icon=kind.icon,
                count=counts.get(kind.code, 0),
                url=f"{pattern}{kind.code}/",
                is_current=kind.code == current_type,
            )
            for kind in category.types
            if counts.get(kind.code) or not kind.is_withdrawn
        ]
        count = sum(kind.count for kind in types)
        is_open = any(kind.is_current for kind in types) or (is_small and count > 0)
        if types:
            result.append(CategoryItem(category.name, category.icon, types, count, is_open))
    return result
