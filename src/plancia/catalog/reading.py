"""
Reading a catalogue: a directory of TOML files becomes a checked `Catalogue`, or a list of everything wrong with it.

`categories.toml` holds the categories; every other file, also in folders, holds one product type with its plans.
Source: docs/decisions/0007-catalogue-as-files.md
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Collection
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import lucide
from django.conf import settings
from django.utils.translation import gettext as _

from plancia.catalog import choice_kinds, domain_names
from plancia.catalog.catalogue import (
    FREQUENCIES,
    CatalogError,
    CatalogRefused,
    Catalogue,
    CategoryEntry,
    PlanEntry,
    PriceEntry,
    TypeEntry,
)
from plancia.catalog.tables import Table
from plancia.kernel import money
from plancia.kernel.money import Money

CATEGORIES_FILE = "categories.toml"

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")


def read(directory: Path, *, drivers: Collection[str] | None = None) -> Catalogue:
    """
    Return the catalogue that the files in `directory` describe.

    `drivers` are the names that a type may give as its driver: those installed, unless said.

    Units: amounts are written in major units, in quotes: "19.90".
    Raises: CatalogRefused, with all that is wrong.
    """
    errors: list[CatalogError] = []
    categories: list[CategoryEntry] = []
    types: list[TypeEntry] = []
    known_drivers = installed_drivers() if drivers is None else set(drivers)

    if not directory.is_dir():
        raise CatalogRefused([CatalogError(str(directory), "", _("is not a directory"))])
    files = {path.relative_to(directory).as_posix(): path for path in sorted(directory.rglob("*.toml"))}
    if CATEGORIES_FILE in files:
        root = _root(files.pop(CATEGORIES_FILE), CATEGORIES_FILE, errors)
        categories = _categories(root) if root else []
    else:
        errors.append(CatalogError(CATEGORIES_FILE, "", _("is missing")))
    if not files:
        errors.append(CatalogError(str(directory), "", _("has no file with a product type")))

    origins: dict[str, str] = {}
    for file, path in files.items():
        if root := _root(path, file, errors):
            types.append(_type(root, {category.code for category in categories}, known_drivers, origins))
    if errors:
        raise CatalogRefused(errors)
    return Catalogue(categories, sorted(types, key=lambda entry: (entry.position, entry.code)))


def installed_drivers() -> set[str]:
    """Return the names of the drivers that are installed, without loading them."""
    return {entry.name for entry in metadata.entry_points(group="plancia.drivers")}


def currencies() -> tuple[str, ...]:
    """Return the currencies in which every plan has a price."""
    return tuple(getattr(settings, "CURRENCIES", ("CHF", "EUR")))


def _root(path: Path, file: str, errors: list[CatalogError]) -> Table | None:
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        errors.append(CatalogError(file, "", _("is not UTF-8 text (at line %(line)d)") % {"line": line}))
    except tomllib.TOMLDecodeError as error:
        errors.append(CatalogError(file, "", _("is not valid TOML: %(mistake)s") % {"mistake": error}))
    except (OSError, RecursionError) as error:
        # A folder, a link to nowhere, a file of somebody else's; or brackets in brackets, without end.
        mistake = getattr(error, "strerror", None) or error
        errors.append(CatalogError(file, "", _("cannot be read: %(mistake)s") % {"mistake": mistake}))
    else:
        return Table(content, file=file, path="", errors=errors)
    return None


def _categories(root: Table) -> list[CategoryEntry]:
    result = []
    for position, (code, table) in enumerate(root.tables("categories")):
        table.check_code("", code)
        result.append(
            CategoryEntry(code=code, position=position, names=table.texts("names", max_length=60), icon=_icon(table))
        )
        table.finish()
    root.finish()
    return result


def _type(root: Table, categories: set[str], drivers: set[str], origins: dict[str, str]) -> TypeEntry:
    code = root.code("code")
    _claim(root, "code", f"type {code}", origins)
    category = root.text("category")
    if category and category not in categories:
        root.refuse("category", _("names no category of %(file)s") % {"file": CATEGORIES_FILE})
    driver = root.text("driver")
    if driver and driver not in drivers:
        root.refuse(
            "driver", _("names no installed driver; there are: %(names)s") % {"names": ", ".join(sorted(drivers))}
        )
    kinds = [choice_kinds.read(table) for table in root.array("settings")]
    keys = [str(setting["key"]) for setting in kinds]
    for place, key in enumerate(keys):
        if key and key in keys[:place]:
            root.refuse(f"settings.{place}.key", _("is there twice"))
    needs_ending = any(setting.get("ending_from_plan") for setting in kinds)

    entry = TypeEntry(
        code=code,
        category=category,
        position=root.number("position", minimum=0, maximum=100_000),
        names=root.texts("names", max_length=60),
        summaries=root.texts("summaries", max_length=300),
        icon=_icon(root),
        driver=driver,
        settings=kinds,
        minimums=_minimums(root),
        months_ahead=root.number("months_ahead", minimum=1, maximum=120, default=36),
        plans=[
            _plan(name, table, position, needs_ending, origins)
            for position, (name, table) in enumerate(root.tables("plans"))
        ],
    )
    root.finish()
    return entry


def _plan(code: str, table: Table, position: int, needs_ending: bool, origins: dict[str, str]) -> PlanEntry:
    table.check_code("", code)
    _claim(table, "", f"plan {code}", origins)
    specification = table.plain("specification")
    if needs_ending and not domain_names.is_public_ending(str(specification.get("ending", ""))):
        table.refuse("specification.ending", _('must be a public ending such as "ch", because a setting asks for it'))
    entry = PlanEntry(
        code=code,
        position=position,
        names=table.texts("names", max_length=60),
        features=table.lists("features", max_length=120),
        specification=specification,
        max_quantity=table.number("max_quantity", minimum=1, maximum=10_000, default=1),
        prices=_prices(table),
    )
    table.finish()
    return entry


def _prices(plan: Table) -> list[PriceEntry]:
    prices = plan.table("prices")
    result: list[PriceEntry] = []
    terms: dict[str, set[str]] = {}
    for currency in prices.content:
        if currency not in currencies():
            known = ", ".join(currencies())
            prices.refuse(currency, _("is no currency of this installation; there are: %(known)s") % {"known": known})
            continue
        of_currency = prices.table(currency)
        if isinstance(prices.content[currency], dict):
            terms[currency] = set(of_currency.content)
            if not of_currency.content:
                prices.refuse(currency, _("has no price"))
        for term, amount in of_currency.content.items():
            if term not in {str(months) for months in FREQUENCIES}:
                allowed = ", ".join(map(str, FREQUENCIES))
                of_currency.refuse(term, _("is no frequency; there are: %(allowed)s months") % {"allowed": allowed})
            elif (price := _amount(of_currency, term, amount, currency)) is not None:
                result.append(PriceEntry(int(term), price))
    for currency in currencies():
        if currency not in prices.content:
            prices.refuse(currency, _("is missing: every plan has a price in every currency"))
    for currency, present in terms.items():
        for term in sorted(set().union(*terms.values()) - present):
            prices.refuse(f"{currency}.{term}", _("is missing: another currency has it"))
    return sorted(result, key=lambda price: (price.amount.currency, price.months))


def _minimums(root: Table) -> dict[str, dict[str, int]]:
    """Return the least that an invoice of a frequency may be, by currency and months, in minor units."""
    if not root.has("minimums"):
        return {}
    minimums = root.table("minimums")
    result: dict[str, dict[str, int]] = {}
    for currency in minimums.content:
        if currency not in currencies():
            known = ", ".join(currencies())
            minimums.refuse(currency, _("is no currency of this installation; there are: %(known)s") % {"known": known})
            continue
        of_currency = minimums.table(currency)
        for term, amount in of_currency.content.items():
            if term not in {str(months) for months in FREQUENCIES}:
                allowed = ", ".join(map(str, FREQUENCIES))
                of_currency.refuse(term, _("is no frequency; there are: %(allowed)s months") % {"allowed": allowed})
            elif (least := _amount(of_currency, term, amount, currency)) is not None:
                result.setdefault(currency, {})[term] = least.minor
    return result


def _amount(table: Table, term: str, amount: object, currency: str) -> Money | None:
    digits = money.digits(currency)
    if not isinstance(amount, str):
        table.refuse(term, _('must be an amount in quotes, such as "19.90"'))
    elif amount.startswith("-"):
        table.refuse(term, _("must not be negative"))
    elif not _AMOUNT.fullmatch(amount):
        table.refuse(term, _('is no amount; write it as "19.90"'))
    elif len(amount.partition(".")[2]) > digits:
        table.refuse(
            term, _("is too fine: %(currency)s has %(digits)d decimals") % {"currency": currency, "digits": digits}
        )
    else:
        return Money.of(amount, currency)
    return None


def _icon(table: Table) -> str:
    icon = table.text("icon")
    if icon and icon not in _icons():
        table.refuse("icon", _("is no icon of lucide.dev"))
    return icon


def _claim(table: Table, key: str, name: str, origins: dict[str, str]) -> None:
    """Note where a type or a plan has the code of another one."""
    if origins.setdefault(name, table.file) != table.file:
        table.refuse(key, _("is a code that %(file)s has too") % {"file": origins[name]})


@functools.cache
def _icons() -> frozenset[str]:
    with ZipFile(Path(lucide.__file__).parent / "lucide.zip") as archive:
        return frozenset(Path(name).stem for name in archive.namelist())
