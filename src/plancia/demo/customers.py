"""The provider's customers: names, places and habits, the same for the same seed."""

from __future__ import annotations

import random
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from stdnum import luhn
from stdnum.ch import uid
from stdnum.es import cif
from stdnum.iso7064 import mod_11_10

from plancia.organizations.states import Kind


class Habit(StrEnum):
    """How a customer pays."""

    TRANSFER = "transfer"  # some days after the invoice, by bank transfer
    CARD = "card"  # soon, by card; sometimes the card is declined first
    PREPAID = "prepaid"  # renews by itself from a prepaid account that is topped up
    LATE = "late"  # pays in the end, after the product was restricted or suspended


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer before it is one."""

    kind: Kind
    street: str
    house_number: str
    postcode: str
    city: str
    country: str
    language: str
    habit: Habit
    first_name: str = ""
    last_name: str = ""
    legal_name: str = ""
    vat_number: str = ""

    @property
    def name(self) -> str:
        return self.legal_name or f"{self.first_name} {self.last_name}"

    @property
    def slug(self) -> str:
        """The name as a domain would have it: without accents, and without the form of the company."""
        plain = unicodedata.normalize("NFKD", self.name.lower().translate(_SPELLED))
        letters = (one for one in plain if not unicodedata.combining(one))
        words = "".join(one if one.isascii() and one.isalnum() else " " for one in letters).split()
        return "-".join([word for word in words if word not in _FORMS] or words)[:32].strip("-")


_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe", "ı": "i", "’": "", "'": "", ".": ""})
_FORMS = {
    *("ag", "anstalt", "co", "ek", "ev", "gmbh", "inc", "kg", "llc", "sa", "sagl", "sarl", "sas", "sl", "snc", "srl"),
    *("d", "e", "et", "und"),
}

_POOLS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "customers.toml").read_text())
_HABITS = [Habit.TRANSFER, Habit.CARD, Habit.TRANSFER, Habit.PREPAID, Habit.CARD, Habit.TRANSFER, Habit.LATE]


def principal(rng: random.Random) -> dict[str, Customer]:
    """Return the customers of the main characters: the studio, and its three clients."""
    return {
        "studio": _company(rng, "CH:it", Kind.COMPANY, "Atelier Bernasconi Sagl", Habit.PREPAID),
        "aurora": _company(rng, "IT", Kind.COMPANY, "Aurora Srl", Habit.TRANSFER),
        "joinery": _company(rng, "CH:de", Kind.COMPANY, "Müller & Söhne Schreinerei GmbH", Habit.CARD),
        "foundation": _company(rng, "CH:fr", Kind.ASSOCIATION, "Fondation des Amis du Lac", Habit.TRANSFER),
    }


def others(rng: random.Random, number: int) -> list[Customer]:
    """Return `number` more customers, of every country and kind."""
    pool = [
        _company(rng, place, Kind(kind), name, Habit.TRANSFER)
        for kind, places in _POOLS["organizations"].items()
        for place, names in places.items()
        for name in names
    ]
    pool += [_person(rng, place, *names) for place, people in _POOLS["persons"].items() for names in people]
    rng.shuffle(pool)
    return [replace(customer, habit=_HABITS[place % len(_HABITS)]) for place, customer in enumerate(pool[:number])]


def _company(rng: random.Random, place: str, kind: Kind, name: str, habit: Habit) -> Customer:
    # Associations and public bodies have no number here: they pay VAT as private persons do.
    vat_number = _vat_number(rng, place[:2]) if kind is Kind.COMPANY else ""
    return Customer(kind=kind, legal_name=name, vat_number=vat_number, habit=habit, **_address(rng, place))


def _person(rng: random.Random, place: str, first_name: str, last_name: str) -> Customer:
    return Customer(
        kind=Kind.PERSON, first_name=first_name, last_name=last_name, habit=Habit.TRANSFER, **_address(rng, place)
    )


def _address(rng: random.Random, place: str) -> dict[str, str]:
    postcode, city, street = rng.choice(_POOLS["places"][place])
    country, _colon, language = place.partition(":")
    return {
        "street": street,
        "house_number": str(rng.randint(1, 120)) + rng.choice(["", "", "", "a", "b"]),
        "postcode": postcode,
        "city": city,
        "country": country,
        "language": language or _POOLS["languages"].get(country, country.lower()),
    }


def _vat_number(rng: random.Random, country: str) -> str:
    """A number whose check digits are right, of a company that does not exist."""

    def digits(count: int) -> str:
        return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))

    match country:
        case "IT":
            stem = "9" + digits(6) + "013"
            return f"IT{stem}{luhn.calc_check_digit(stem)}"
        case "DE":
            stem = digits(8)
            return f"DE{stem}{mod_11_10.calc_check_digit(stem)}"
        case "FR":
            stem = digits(8)
            siren = stem + luhn.calc_check_digit(stem)
            return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
        case "ES":
            stem = "B" + digits(7)
            return f"ES{stem}{cif.calc_check_digits(stem)[0]}"
        case "CH":
            while True:
                stem = digits(8)
                check = str(uid.calc_check_digit(stem))
                if check.isdigit() and len(check) == 1:
                    return f"CHE{stem}{check}MWST"
        case _:
            return ""
