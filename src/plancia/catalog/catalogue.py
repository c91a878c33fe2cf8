"""The catalogue as its files say it, checked and complete; and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal

#: How many months a term may have. Source: SPEC, words; the database checks the same.
FREQUENCIES = (1, 3, 12, 24, 36)


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """What one unit costs for one term of `months` months, net of tax."""

    months: int
    amount: Money


@dataclass(frozen=True, slots=True)
class PlanEntry:
    code: str
    position: int
    names: Mapping[str, str]
    features: Mapping[str, Sequence[str]]
    specification: Mapping[str, object]
    max_quantity: int
    prices: Sequence[PriceEntry]


@dataclass(frozen=True, slots=True)
class TypeEntry:
    code: str
    category: str
    position: int
    names: Mapping[str, str]
    summaries: Mapping[str, str]
    icon: str
    driver: str
    settings: Sequence[Mapping[str, object]]
    minimums: Mapping[str, Mapping[str, int]]
    months_ahead: int
    plans: Sequence[PlanEntry]


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    code: str
    position: int
    names: Mapping[str, str]
    icon: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that a provider sells."""

    categories: Sequence[CategoryEntry]
    types: Sequence[TypeEntry]


@dataclass(frozen=True, slots=True)
class CatalogError:
    """One thing that is wrong: in which file, at which key (`plans.pro.prices.CHF.12`), and why."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.reason) if part)


class CatalogRefused(Refusal):
    """The files of a catalogue are wrong; `errors` says everything that is, not only the first thing."""

    code = "catalog_refused"
    sentence = _("The catalogue was not imported. Mistakes found: %(count)d.")

    def __init__(self, errors: Sequence[CatalogError]) -> None:
        super().__init__(count=len(errors))
        self.errors = list(errors)
