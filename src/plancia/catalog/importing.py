"""Importing a catalogue: the tables become what the files say, wholly or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.catalog.catalogue import Catalogue, PlanEntry, TypeEntry
from plancia.catalog.models import Category, Edition, Plan, Price, ProductType
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.kernel.rows import Row

AnyRow = TypeVar("AnyRow", bound=Row)


class PlanMoved(Refusal):
    """A plan would become one of another type; products that were bought would change what they are."""

    code = "plan_moved"
    sentence = _("The plan “%(plan)s” belongs to “%(present)s” and cannot move to “%(wanted)s”. Give it a new code.")


class ImportTooEarly(Refusal):
    """The prices in force began later than this import says it is."""

    code = "import_too_early"
    sentence = _("Prices were already changed with effect from %(valid_from)s: nothing can be imported before that.")


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did: how many `types_added`, `prices_changed`, …; only what is not zero."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_changed(self) -> bool:
        return bool(self.counts)


def load(catalogue: Catalogue, *, actor: Actor, at: datetime) -> Summary:
    """
    Make the tables say what `catalogue` says, as staff, and return what changed.

    A changed price is a new version from `at` on, and the old one ends. What is no longer in the catalogue is
    withdrawn, never deleted: it is still held by customers. Imports wait for each other.

    Raises: PlanMoved, ImportTooEarly.
    Source: docs/decisions/0007-catalogue-as-files.md
    """
    with transaction.as_staff(), transaction.atomic():
        with transaction.connection().cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('plancia.catalog'))")
        counts: Counter[str] = Counter()
        categories = _load_categories(catalogue, counts)
        types = _load_types(catalogue, categories, counts)
        plans = _load_plans(catalogue, types, counts)
        _load_prices(catalogue, plans, at, counts)
        if counts:
            _record(counts, actor, at)
        return Summary(dict(sorted(counts.items())))


def _load_categories(catalogue: Catalogue, counts: Counter[str]) -> dict[str, Category]:
    rows: dict[str, Category] = {row.code: row for row in Category.objects.all()}
    for entry in catalogue.categories:
        wanted = {"position": entry.position, "names": dict(entry.names), "icon": entry.icon}
        rows[entry.code] = _write(rows.get(entry.code), Category, {"code": entry.code}, wanted, "categories", counts)
    return rows


def _load_types(
    catalogue: Catalogue, categories: Mapping[str, Category], counts: Counter[str]
) -> dict[str, ProductType]:
    rows: dict[str, ProductType] = {row.code: row for row in ProductType.objects.all()}
    for entry in catalogue.types:
        wanted = {
            "category_id": categories[entry.category].pk,
            "position": entry.position,
            "names": dict(entry.names),
            "summaries": dict(entry.summaries),
            "icon": entry.icon,
            "driver": entry.driver,
            "settings": [dict(setting) for setting in entry.settings],
            "minimums": {currency: dict(least) for currency, least in entry.minimums.items()},
            "months_ahead": entry.months_ahead,
            "is_withdrawn": False,
        }
        rows[entry.code] = _write(rows.get(entry.code), ProductType, {"code": entry.code}, wanted, "types", counts)
    _withdraw(rows, {entry.code for entry in catalogue.types}, "types", counts)
    return rows


def _load_plans(catalogue: Catalogue, types: Mapping[str, ProductType], counts: Counter[str]) -> dict[str, Plan]:
    rows: dict[str, Plan] = {row.code: row for row in Plan.objects.select_related("product_type")}
    for type_entry, entry in _plans(catalogue):
        row, product_type = rows.get(entry.code), types[type_entry.code]
        if row and row.product_type_id != product_type.pk:
            raise PlanMoved(plan=entry.code, present=row.product_type.code, wanted=product_type.code)
        wanted = {
            "position": entry.position,
            "names": dict(entry.names),
            "features": {language: list(texts) for language, texts in entry.features.items()},
            "specification": dict(entry.specification),
            "max_quantity": entry.max_quantity,
            "is_withdrawn": False,
        }
        keys = {"code": entry.code, "product_type_id": product_type.pk}
        rows[entry.code] = _write(row, Plan, keys, wanted, "plans", counts)
    _withdraw(rows, {entry.code for _type, entry in _plans(catalogue)}, "plans", counts)
    return rows


def _load_prices(catalogue: Catalogue, plans: Mapping[str, Plan], at: datetime, counts: Counter[str]) -> None:
    """Only the plans in the catalogue: a withdrawn one keeps its prices, for the products that are renewed."""
    newest: dict[tuple[UUID, str, int], Price] = {}
    for price in Price.objects.order_by("version", "pk"):
        newest[price.plan_id, price.currency, price.months] = price
    wanted = {
        (plans[entry.code].pk, price.amount.currency, price.months): price.amount
        for _type, entry in _plans(catalogue)
        for price in entry.prices
    }
    offered = {plan_id for plan_id, _currency, _months in wanted}

    changed: set[tuple[UUID, str, int]] = set()
    for key, present in newest.items():
        if present.valid_until is None and key[0] in offered and wanted.get(key) != present.amount:
            if at < present.valid_from:
                raise ImportTooEarly(valid_from=present.valid_from.isoformat(sep=" ", timespec="minutes"))
            present.valid_until = at
            present.save(update_fields=["valid_until"])
            counts["prices_changed" if key in wanted else "prices_ended"] += 1
            changed.add(key)
    added: list[Price] = []
    for key, amount in wanted.items():
        before = newest.get(key)
        if before and before.valid_until is None:
            continue
        if before and before.valid_until and at < before.valid_until:
            raise ImportTooEarly(valid_from=before.valid_until.isoformat(sep=" ", timespec="minutes"))
        plan_id, currency, months = key
        version = before.version + 1 if before else 1
        added.append(
            Price(
                plan_id=plan_id,
                currency=currency,
                months=months,
                version=version,
                amount_minor=amount.minor,
                valid_from=at,
            )
        )
        if key not in changed:
            counts["prices_added"] += 1
    Price.objects.bulk_create(added)


def _record(counts: Counter[str], actor: Actor, at: datetime) -> None:
    last = Edition.objects.order_by("-number").first()
    number = last.number + 1 if last else 1
    Edition.objects.create(number=number, imported_at=at, imported_by=actor.label, counts=dict(counts))


def _write(
    row: AnyRow | None,
    kind: type[AnyRow],
    keys: Mapping[str, object],
    wanted: Mapping[str, object],
    counted: str,
    counts: Counter[str],
) -> AnyRow:
    """Add `row`, or change what differs; write nothing where nothing does."""
    if row is None:
        row = kind(**keys, **wanted)
        row.save(force_insert=True)
        counts[f"{counted}_added"] += 1
        return row
    differing = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if differing:
        counts[f"{counted}_{'returned' if 'is_withdrawn' in differing else 'changed'}"] += 1
        for name, value in differing.items():
            setattr(row, name, value)
        row.save(update_fields=list(differing))
    return row


def _withdraw(
    rows: Mapping[str, Plan] | Mapping[str, ProductType], kept: set[str], counted: str, counts: Counter[str]
) -> None:
    for code, row in rows.items():
        if code not in kept and not row.is_withdrawn:
            row.is_withdrawn = True
            row.save(update_fields=["is_withdrawn"])
            counts[f"{counted}_withdrawn"] += 1


def _plans(catalogue: Catalogue) -> list[tuple[TypeEntry, PlanEntry]]:
    return [(entry, plan) for entry in catalogue.types for plan in entry.plans]
