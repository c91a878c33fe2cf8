"""
Trust: what the provider vouches for, read from a TOML file.

Certificates that hold, that are being prepared and that are not planned; data centres; where to report a vulnerability.
Source: SPEC 8.3, RFC 9116.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import get_language


class TrustWrong(Exception):
    """The file cannot be read as trust data; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its scope and validity; `document` is an address, where it can be read."""

    standard: str
    number: str
    issuer: str
    valid_from: date
    valid_until: date
    document: str
    scopes: Mapping[str, str]

    @property
    def scope(self) -> str:
        return _pick(self.scopes)

    def holds(self, today: date) -> bool:
        """Say whether it is valid on a day."""
        return self.valid_from <= today <= self.valid_until


@dataclass(frozen=True, slots=True)
class Plan:
    """A standard without a certificate, and why."""

    standard: str
    notes: Mapping[str, str]

    @property
    def note(self) -> str:
        return _pick(self.notes)


@dataclass(frozen=True, slots=True)
class DataCentre:
    name: str
    places: Mapping[str, str]
    all_facts: Mapping[str, list[str]]

    @property
    def place(self) -> str:
        return _pick(self.places)

    @property
    def facts(self) -> list[str]:
        return self.all_facts.get(get_language() or "en") or self.all_facts.get("en", [])


@dataclass(frozen=True, slots=True)
class Trust:
    """All of it. `contact`, `languages` and `expires` are for whoever finds a vulnerability."""

    contact: str
    languages: tuple[str, ...]
    expires: date
    certificates: list[Certificate]
    preparing: list[Plan]
    not_planned: list[Plan]
    data_centres: list[DataCentre]


def read() -> Trust:
    """Return the provider's trust data. Raises: TrustWrong."""
    return _read(Path(settings.TRUST))


@cache
def _read(path: Path) -> Trust:
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
        return Trust(
            contact=found["security"]["contact"],
            languages=tuple(found["security"]["languages"]),
            expires=found["security"]["expires"],
            certificates=[_certificate(row) for row in found.get("certificates", [])],
            preparing=[Plan(row["standard"], row["note"]) for row in found.get("preparing", [])],
            not_planned=[Plan(row["standard"], row["note"]) for row in found.get("not_planned", [])],
            data_centres=[DataCentre(row["name"], row["place"], row["facts"]) for row in found.get("data_centres", [])],
        )
    except KeyError as missing:
        raise TrustWrong(f"{path}: {missing} is missing") from None
    except tomllib.TOMLDecodeError as wrong:
        raise TrustWrong(f"{path}: {wrong}") from None


def _certificate(row: dict[str, Any]) -> Certificate:
    if row["valid_until"] < row["valid_from"]:
        raise TrustWrong(f"{row['standard']}: it ends before it begins")
    return Certificate(
        row["standard"],
        row["number"],
        row["issuer"],
        row["valid_from"],
        row["valid_until"],
        row.get("document", ""),
        row["scope"],
    )


def _pick(texts: Mapping[str, str]) -> str:
    return texts.get(get_language() or "en") or texts.get("en") or next(iter(texts.values()), "")
