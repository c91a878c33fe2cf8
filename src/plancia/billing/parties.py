"""Parties: who issues an invoice and who gets it, as they are on the day."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.eu import oss
from stdnum.exceptions import ValidationError

from plancia.kernel.refusals import Refusal
from plancia.organizations import vat_numbers
from plancia.organizations.models import Organization

BUNDLED = Path(__file__).with_name("provider.toml")

# Institution numbers of QR-IBANs, which only go with the QR references of banks. Source: SIX, Swiss Implementation
# Guidelines QR-bill 2.3, section 2.4.
_QR_INSTITUTIONS = range(30_000, 32_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who issues or gets an invoice. The address is structured, as SIX asks for QR-bills since November 2025."""

    name: str
    recipient: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country: str
    vat_number: str = ""
    vat_number_state: str = "none"
    kind: str = "company"
    email: str = ""
    tax_code: str = ""
    sdi_code: str = ""
    pec: str = ""

    @property
    def as_json(self) -> dict[str, str]:
        """What is kept with the invoice."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> Self:
        """Return the party that `as_json` kept; what this version does not know is left out."""
        return cls(**{name: value for name, value in kept.items() if name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller(Party):
    """The provider: a party with a bank account and its registrations."""

    iban: str
    code: str = ""  # empty for the legal entity that stands first in the file
    qr_iban: str = ""
    bic: str = ""
    oss_number: str = ""
    phone: str = ""
    website: str = ""
    accent: str = "#1d5c8f"

    @property
    def takes_qr_bills(self) -> bool:
        """Whether its account can stand on a Swiss QR-bill."""
        return self.iban[:2] in ("CH", "LI")


@dataclass(frozen=True, slots=True)
class Entity:
    """A legal entity of the provider, and the countries whose customers it bills; the first one bills all others."""

    seller: Seller
    countries: frozenset[str]


def buyer(organization: Organization) -> Party:
    """Return an organization as the buyer of an invoice issued now."""
    return Party(
        name=organization.name,
        recipient=organization.recipient,
        street=organization.street,
        house_number=organization.house_number,
        postcode=organization.postcode,
        city=organization.city,
        country=organization.country,
        vat_number=organization.vat_number,
        vat_number_state=organization.vat_number_state,
        kind=organization.kind,
        email=organization.billing_email,
        tax_code=organization.tax_code,
        sdi_code=organization.sdi_code,
        pec=organization.pec,
    )


def seller() -> Seller:
    """Return the provider's first legal entity, from the file named by `settings.PROVIDER`."""
    return entities()[0].seller


def seller_for(country: str) -> Seller:
    """Return the legal entity of the provider that bills customers in a country."""
    return next((entity.seller for entity in entities() if country in entity.countries), seller())


def entities() -> tuple[Entity, ...]:
    """Return all legal entities of the provider, the first of the file first. Raises: ImproperlyConfigured."""
    return read_all(Path(settings.PROVIDER))


def read(path: Path) -> Seller:
    """Return the first legal entity that a TOML file describes. Raises: ImproperlyConfigured."""
    return read_all(path)[0].seller


@lru_cache(maxsize=8)
def read_all(path: Path) -> tuple[Entity, ...]:
    """
    Return the provider's legal entities that a TOML file describes: the file itself, and each `[[entity]]` in it.

    Raises: ImproperlyConfigured, with every key that is wrong, and why.
    Source: docs/decisions/0020-several-legal-entities.md
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"{path}: cannot be read: {error}") from error
    errors: list[str] = []
    others = table.pop("entity", [])
    read_values = [_values(table, errors)]
    countries: list[frozenset[str]] = [frozenset()]
    for place, other in enumerate(others if isinstance(others, list) else [], start=1):
        mistakes: list[str] = []
        countries.append(_countries(other.pop("countries", None), mistakes))
        read_values.append(_values(other, mistakes) | {"code": _code(other, mistakes)})
        errors += [f"entity {place}: {mistake}" for mistake in mistakes]
    codes = [values.get("code", "") for values in read_values]
    if len(set(codes)) != len(codes):
        errors.append("entity: two have one code")
    if errors:
        raise ImproperlyConfigured("\n".join(f"{path}: {error}" for error in errors))
    return tuple(
        Entity(Seller(recipient=values["name"], vat_number_state="valid", **values), places)
        for values, places in zip(read_values, countries, strict=True)
    )


def _code(table: Mapping[str, Any], errors: list[str]) -> str:
    code = table.get("code", "")
    if not isinstance(code, str) or not re.fullmatch("[A-Z]{2,6}", code):
        errors.append("code: is two to six capital letters, which its invoice numbers begin with")
        return ""
    return code


def _countries(written: object, errors: list[str]) -> frozenset[str]:
    if not isinstance(written, list) or not written or not all(re.fullmatch("[A-Z]{2}", str(one)) for one in written):
        errors.append('countries: is a list of the countries whose customers it bills, such as ["IT", "SM"]')
        return frozenset()
    return frozenset(written)


_REQUIRED = ("name", "street", "postcode", "city", "country", "email", "vat_number")
_OPTIONAL = ("house_number", "phone", "website", "oss_number", "tax_code", "accent")
# As long as the QR-bill's fields are. Source: SIX, Swiss Implementation Guidelines QR-bill 2.3, section 4.2.2.
_LONGEST = {"name": 70, "street": 70, "house_number": 16, "postcode": 16, "city": 35}


def _values(table: Mapping[str, Any], errors: list[str]) -> dict[str, str]:
    values = {}
    for key in sorted(set(table) - {*_REQUIRED, *_OPTIONAL, "bank", "code"}):
        errors.append(f"{key}: is not known")
    for key in (*_REQUIRED, *_OPTIONAL):
        value = table.get(key, "")
        if not isinstance(value, str):
            errors.append(f"{key}: is text, in quotes")
        elif key in _REQUIRED and not value.strip():
            errors.append(f"{key}: is missing")
        elif len(value) > _LONGEST.get(key, 200):
            errors.append(f"{key}: is longer than {_LONGEST.get(key, 200)} characters")
        elif value.strip():
            values[key] = value.strip()
    bank = table.get("bank", {})
    bank = bank if isinstance(bank, Mapping) else {}
    values["iban"] = _iban(bank.get("iban", ""), errors)
    values["bic"] = _bic(bank.get("bic", ""), values["iban"], errors)
    if "qr_iban" in bank:
        values["qr_iban"] = _qr_iban(bank["qr_iban"], errors)
    _check_numbers(values, errors)
    if "accent" in values and not re.fullmatch(r"#[0-9a-fA-F]{6}", values["accent"]):
        errors.append(f"accent: “{values['accent']}” is not a colour such as #1d5c8f")
    return values


def _iban(written: object, errors: list[str]) -> str:
    if not isinstance(written, str) or not written.strip():
        errors.append("bank.iban: is missing")
        return ""
    try:
        number = IBAN(written)
    except (SchwiftyException, ValueError) as error:
        errors.append(f"bank.iban: “{written}” is not an IBAN ({error})")
        return ""
    if number.country_code in ("CH", "LI") and int(number.compact[4:9]) in _QR_INSTITUTIONS:
        errors.append("bank.iban: is a QR-IBAN, which does not go with ISO 11649 references; give the ordinary IBAN")
    return str(number.compact)


def _bic(written: object, iban: str, errors: list[str]) -> str:
    """The BIC that the file names, else the one that is known for the IBAN."""
    try:
        if written:
            return str(BIC(str(written)).compact)
        found = IBAN(iban).bic if iban else None
    except (SchwiftyException, ValueError) as error:
        errors.append(f"bank.bic: “{written}” is not a BIC ({error})")
        return ""
    return str(found.compact) if found else ""


def _qr_iban(written: object, errors: list[str]) -> str:
    try:
        number = IBAN(str(written))
    except (SchwiftyException, ValueError) as error:
        errors.append(f"bank.qr_iban: “{written}” is not an IBAN ({error})")
        return ""
    if number.country_code not in ("CH", "LI") or int(number.compact[4:9]) not in _QR_INSTITUTIONS:
        errors.append("bank.qr_iban: is not a QR-IBAN; give the one that your bank issued for QR references")
    return str(number.compact)


def _check_numbers(values: dict[str, str], errors: list[str]) -> None:
    country = values.get("country", "")
    if not re.fullmatch("[A-Z]{2}", country):
        errors.append("country: is two capital letters (ISO 3166-1), such as CH")
    elif "vat_number" in values:
        try:
            vat_numbers.check(country, values["vat_number"])
        except Refusal:
            errors.append(f"vat_number: “{values['vat_number']}” is not a VAT number of {country}")
    if "oss_number" not in values and country in ("CH", "LI"):
        errors.append("oss_number: is missing; without it the VAT of consumers in the European Union cannot be paid")
    if "oss_number" in values and not _is_oss_number(values["oss_number"]):
        errors.append(f"oss_number: “{values['oss_number']}” is not a One Stop Shop number")


def _is_oss_number(number: str) -> bool:
    # Providers in the Union use their own VAT number in the Union scheme; others get one that begins with EU.
    if not number.startswith("EU"):
        return bool(re.fullmatch("[A-Z]{2}[A-Z0-9]{2,14}", number))
    try:
        oss.validate(number)
    except ValidationError:
        return False
    return True
