"""Domain search: which names somebody could have, under which endings, and what they cost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from plancia.catalog import domain_names
from plancia.catalog import queries as catalog
from plancia.catalog.domain_names import DomainRefused
from plancia.catalog.models import Plan, ProductType
from plancia.kernel.money import Money
from plancia.provisioning import registrars
from plancia.provisioning.registrars import Availability

#: How many names one search asks the registrar for.
MOST = 40
_SUGGESTED = ("{}-online", "my-{}", "{}-web", "get-{}")


@dataclass(frozen=True, slots=True)
class Found:
    """
    A name that could be had. `shown` is how people write it, `name` how it is kept.

    Units: `price` for `months` months, net.
    """

    name: str
    shown: str
    plan_code: str
    months: int
    price: Money
    availability: Availability
    is_suggestion: bool

    @property
    def can_be_added(self) -> bool:
        """Whether it makes sense to order it: also where nobody could tell."""
        return self.availability is not Availability.TAKEN


def type_with_domains() -> ProductType | None:
    """Return the product type whose plans are endings of domain names, or None where none is sold."""
    for one in ProductType.objects.filter(is_withdrawn=False).order_by("position", "pk"):
        if any(setting.get("ending_from_plan") for setting in one.settings):
            return one
    return None


def setting_of(product_type: ProductType) -> str:
    """Return the key of the setting that holds the name."""
    return next(str(setting["key"]) for setting in product_type.settings if setting.get("ending_from_plan"))


def search(asked: str, product_type: ProductType, *, currency: str, at: datetime) -> list[Found]:
    """
    Return the names that `asked` may mean, under every ending that is sold, and some that come close.

    Where an ending was typed, that one comes first. Raises: DomainRefused, where it cannot be a name at all.
    """
    label, ending = _parts(asked)
    offers = _offers(product_type, currency=currency, at=at)
    endings = sorted(offers, key=lambda one: one != ending)
    wanted = [(f"{label}.{one}", one, False) for one in endings]
    wanted += [(f"{pattern.format(label)}.{one}", one, True) for pattern in _SUGGESTED for one in endings[:3]]
    possible = []
    for text, one, is_suggestion in wanted[:MOST]:
        try:
            possible.append((domain_names.parse(text), one, is_suggestion))
        except DomainRefused:
            if not is_suggestion and one == endings[0]:
                raise
    said = registrars.availability(product_type.driver, [name for name, _ending, _is_suggestion in possible])
    found = []
    for name, one, is_suggestion in possible:
        plan, months, price = offers[one]
        # What is only suggested is worth showing where it can be had.
        if not is_suggestion or said[name] is Availability.FREE:
            shown = domain_names.show(name)
            found.append(Found(name, shown, plan.code, months, price, said[name], is_suggestion))
    return found


def _parts(asked: str) -> tuple[str, str]:
    """The name before its ending, and the ending where one was typed: `Müller & Söhne` gives `müller-söhne`."""
    text = unicodedata.normalize("NFKC", asked).strip().lower()
    text = re.sub(r"^(https?://)?(www\.)?", "", text).split("/", 1)[0].split("@")[-1]
    label, _dot, ending = text.partition(".")
    return re.sub(r"[^\w]+|_+", "-", label).strip("-"), ending.strip(". ")


def _offers(product_type: ProductType, *, currency: str, at: datetime) -> dict[str, tuple[Plan, int, Money]]:
    """The endings that are sold, by the order of the catalogue, each with its plan and its shortest term."""
    plans: Sequence[Plan] = list(
        Plan.objects.filter(product_type=product_type, is_withdrawn=False).order_by("position", "pk")
    )
    prices = catalog.prices_in_force(list(plans), currency=currency, at=at)
    result = {}
    for plan in plans:
        mine = sorted((price for price in prices if price.plan_id == plan.pk), key=lambda price: price.months)
        ending = plan.specification.get("ending")
        if mine and ending:
            result[str(ending)] = (plan, mine[0].months, mine[0].amount)
    return result
