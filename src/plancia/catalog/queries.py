"""Reading the catalogue: it is the same for everybody, so no organization is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from plancia.catalog import texts
from plancia.catalog.models import Category, Edition, Plan, Price, ProductType


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A product type, as menus and tiles show it; its texts follow the present language."""

    code: str
    names: Mapping[str, str]
    summaries: Mapping[str, str]
    icon: str
    is_withdrawn: bool

    @property
    def name(self) -> str:
        return texts.pick(self.names)

    @property
    def summary(self) -> str:
        return texts.pick(self.summaries)


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with its types."""

    code: str
    names: Mapping[str, str]
    icon: str
    types: Sequence[TypeRow]

    @property
    def name(self) -> str:
        return texts.pick(self.names)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan, as lists of products show it; its name follows the present language."""

    names: Mapping[str, str]

    @property
    def name(self) -> str:
        return texts.pick(self.names)


@dataclass(frozen=True, slots=True)
class Contents:
    """What menus and lists show of the catalogue, withdrawn types and plans included: customers may still hold them."""

    edition: UUID | None
    categories: Sequence[CategoryRow]
    types: Mapping[str, TypeRow]
    plans: Mapping[UUID, PlanRow]


# What this process last read. Replaced whole, so threads need no lock.
_cached = Contents(None, (), {}, {})


def version() -> int:
    """Return the catalogue's version: the number of imports that changed something; 0 before the first."""
    return Edition.objects.order_by("-number").values_list("number", flat=True).first() or 0


def contents() -> Contents:
    """Return what menus and lists show of the catalogue. Costs one small query while it stays as it is."""
    global _cached
    present = Edition.objects.order_by("-number").values_list("pk", flat=True).first()
    known = _cached
    if present != known.edition:
        known = _cached = _read(present)
    return known


def navigation(*, with_withdrawn: bool = False) -> Sequence[CategoryRow]:
    """
    Return the categories with their types, in the order of the menus; those without a type are left out.

    Types that are no longer sold are there only if asked for: customers may still hold products of them.
    Costs one small query while the catalogue stays as it is.
    """
    categories = contents().categories
    if with_withdrawn:
        return categories
    offered = [
        CategoryRow(row.code, row.names, row.icon, tuple(kind for kind in row.types if not kind.is_withdrawn))
        for row in categories
    ]
    return [row for row in offered if row.types]


def product_type(code: str) -> ProductType | None:
    """Return the type with that code, sold or withdrawn; None where there is none."""
    found: ProductType | None = ProductType.objects.select_related("category").filter(code=code).first()
    return found


def plan(code: str) -> Plan | None:
    """Return the plan with that code, with its type; None where there is none."""
    found: Plan | None = Plan.objects.select_related("product_type").filter(code=code).first()
    return found


def plans_of(type_code: str) -> list[Plan]:
    """Return the plans of a type that are sold, with their type, in the order of the shop."""
    return list(
        Plan.objects.select_related("product_type")
        .filter(product_type__code=type_code, product_type__is_withdrawn=False, is_withdrawn=False)
        .order_by("position", "pk")
    )


def prices_by_key(keys: Iterable[UUID]) -> dict[UUID, Price]:
    """Return prices by their key, whether they are in force or not: what explains what was billed."""
    return {price.pk: price for price in Price.objects.filter(pk__in=set(keys)).select_related("plan__product_type")}


def price_in_force(plan: Plan, *, currency: str, months: int, at: datetime) -> Price | None:
    """Return what `plan` costs at `at`, also a withdrawn one; None where it has no such price."""
    found: Price | None = _in_force(at).filter(plan=plan, currency=currency, months=months).first()
    return found


def prices_in_force(plans: Iterable[Plan], *, currency: str, at: datetime) -> list[Price]:
    """Return all prices of `plans` at `at`, by plan and from the shortest term to the longest."""
    keys = [plan.pk for plan in plans]
    found = _in_force(at).filter(plan__in=keys, currency=currency)
    return list(found.order_by("plan__position", "plan", "months"))


def lowest_monthly(prices: Sequence[Price]) -> Price | None:
    """Return the price that costs least a month: what “from …” in the shop window says."""
    return min(prices, key=lambda price: (price.amount.times(36).minor // price.months, price.months), default=None)


def _in_force(at: datetime):  # type: ignore[no-untyped-def]  # a queryset of Price; its manager is untyped
    return Price.objects.filter(Q(valid_until=None) | Q(valid_until__gt=at), valid_from__lte=at)


def _read(edition: UUID | None) -> Contents:
    types: dict[object, list[TypeRow]] = {}
    for kind in ProductType.objects.order_by("position", "code"):
        row = TypeRow(kind.code, kind.names, kind.summaries, kind.icon, kind.is_withdrawn)
        types.setdefault(kind.category_id, []).append(row)
    categories = [
        CategoryRow(category.code, category.names, category.icon, tuple(types[category.pk]))
        for category in Category.objects.order_by("position", "code")
        if category.pk in types
    ]
    return Contents(
        edition=edition,
        categories=categories,
        types={row.code: row for rows in types.values() for row in rows},
        plans={key: PlanRow(names) for key, names in Plan.objects.values_list("pk", "names")},
    )
