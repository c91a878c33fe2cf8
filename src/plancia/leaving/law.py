"""
Law: what may be asked of somebody who leaves, by country.

It is data, dated and named. Source: leaving/laws.toml, docs/decisions/0085-leaving-by-law.md.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from plancia.kernel import clock
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind


@dataclass(frozen=True, slots=True)
class Law:
    """
    What holds in a country.

    Units: `withdrawal_days` in which a consumer withdraws from a new contract; 0 where there is no such right.
    """

    has_email_gate: bool
    withdrawal_days: int
    names: tuple[str, ...]

    @property
    def withdrawal(self) -> timedelta:
        return clock.days(self.withdrawal_days)


def of(organization: Organization) -> Law:
    """Return what holds for an organization: withdrawing is a right of consumers, not of companies."""
    law = in_country(organization.country)
    if organization.kind == Kind.PERSON:
        return law
    return Law(law.has_email_gate, 0, law.names)


def in_country(country: str) -> Law:
    """Return what holds in a country: its own line, else that of its union, else the default."""
    rules = _rules(Path(settings.LEAVING_LAWS))
    layers = [
        rules["default"],
        *(union for union in rules.get("unions", {}).values() if country in union["countries"]),
        *([rules["countries"][country]] if country in rules.get("countries", {}) else []),
    ]
    merged = {key: value for layer in layers for key, value in layer.items()}
    return Law(
        has_email_gate=bool(merged["email_gate"]),
        withdrawal_days=int(merged["withdrawal_days"]),
        names=tuple(name for layer in layers for name in layer.get("laws", [])),
    )


@cache
def _rules(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)
