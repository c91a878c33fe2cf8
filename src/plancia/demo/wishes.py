"""What the demo's customers order: plans that suit them, with choices that pass."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plancia.catalog import choices
from plancia.catalog.choice_kinds import Kind
from plancia.catalog.models import Plan
from plancia.demo.customers import Customer
from plancia.shop.pricing import Wish

#: The ending that customers of a country prefer, as the codes of the sample's plans name it.
_ENDINGS = {"CH": "ch", "LI": "li", "IT": "it", "DE": "de", "FR": "fr", "ES": "es"}
_CLIENT_SITES = (
    *("osteria-al-lago", "fiori-di-campo", "studio-ceresio", "velo-ticino", "grotto-morchino", "sartoria-luini"),
    *("panificio-rossi", "yoga-monte-bre", "libreria-alga", "ottica-piazza", "falegnameria-verde", "musica-insieme"),
    *("casa-dei-gelsomini", "notaio-pedrini", "trattoria-del-porto", "idraulica-sonvico", "teatro-piccolo"),
    *("dentista-cassarate", "giardini-brenno", "foto-mendrisio", "agriturismo-la-perla", "scuola-di-vela"),
)


#: Plans besides a website, for organizations and for persons: (plan, months, quantity).
EXTRAS: tuple[tuple[str, int, int], ...] = (
    ("email-plus", 12, 8),
    ("vps-m", 3, 1),
    ("drive-team", 12, 1),
    ("cloud-server-4", 1, 1),
    ("newsletter-5000", 12, 1),
    ("ssl-organization", 12, 1),
    ("office-standard", 12, 12),
    ("cloud-backup-2000", 12, 1),
    ("nas-4", 12, 1),
    ("audio-streaming-1000", 3, 1),
    ("video-streaming-500", 3, 1),
    ("media-on-demand-500", 12, 1),
    ("paas-grow", 1, 2),
    ("guest-manager-1000", 12, 1),
    ("site-builder-shop", 12, 1),
    ("brand-address", 12, 1),
    ("ssl-wildcard", 12, 1),
    ("vps-xl", 12, 1),
)
PRIVATE: tuple[tuple[str, int, int], ...] = (
    ("personal-mail-plus", 12, 1),
    ("free-mailbox", 12, 1),
    ("drive-personal", 12, 1),
    ("site-builder-start", 1, 1),
    ("cloud-backup-500", 12, 1),
    ("vps-s", 3, 1),
)


@dataclass(slots=True)
class Shelf:
    """The plans on sale, by code, and what is already taken of names."""

    plans: Mapping[str, Plan]
    rng: random.Random
    taken: set[str] = field(default_factory=set)

    def wish(self, code: str, customer: Customer, *, months: int, quantity: int = 1, name: str = "") -> Wish:
        """Return a wish for the plan `code`; `name` is the stem of its domain, the customer's unless given."""
        plan = self.plans[code]
        stem = name or customer.slug
        chosen = {
            setting["key"]: self._choose(setting, plan, stem, customer)
            for setting in plan.product_type.settings
            if setting["is_required"] or self.rng.random() < 0.7
        }
        return Wish(plan, months, quantity, choices.validate(plan.product_type, plan, chosen))

    def site(self, customer: Customer, *, months: int, name: str = "", hosting: str = "web-hosting-plus") -> list[Wish]:
        """Return wishes for a website: its domain, and the hosting of it."""
        return [
            self.wish(f"domain-{ending_of(customer)}", customer, months=12, name=name),
            self.wish(hosting, customer, months=months, name=name),
        ]

    def client_name(self) -> str:
        """Return the stem of a domain that nobody in the demo has yet."""
        while True:
            stem = self.rng.choice(_CLIENT_SITES)
            if stem in self.taken:
                stem = f"{stem}-{self.rng.choice(['shop', 'blog', 'news', 'eventi', '2', 'online', 'svizzera'])}"
            if stem not in self.taken:
                self.taken.add(stem)
                return stem

    def _choose(self, setting: Mapping[str, Any], plan: Plan, stem: str, customer: Customer) -> str:
        ending = plan.specification.get("ending") or ending_of(customer)
        match Kind(setting["kind"]):
            case Kind.DOMAIN:
                return f"{stem}.{ending}"
            case Kind.HOSTNAME:
                return f"{self.rng.choice(['www', 'app', 'srv1', 'cloud', 'shop', 'files'])}.{stem}.{ending}"
            case Kind.EMAIL_LOCAL:
                return self._address(customer)
            case Kind.SELECT:
                return str(self.rng.choice(setting["options"])["value"])
            case Kind.NUMBER:
                return str(min(setting["maximum"], max(setting["minimum"], self.rng.randint(1, 60))))
            case Kind.TEXT:
                return customer.name[: setting["max_length"]]

    def _address(self, customer: Customer) -> str:
        address = customer.slug.replace("-", ".", 1)
        while address in self.taken:
            address += str(self.rng.randint(1, 9))
        self.taken.add(address)
        return address


def ending_of(customer: Customer) -> str:
    """Return the ending of the domains that the customer registers."""
    return _ENDINGS.get(customer.country, "com")
