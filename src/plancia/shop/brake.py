"""
The brake: rules that hold an order until staff have looked at it, and what staff then decide.

The rules are data (brake.toml). A held order takes its promo codes, can be paid by nobody, and expires like any other.
Source: docs/decisions/0044-orders-are-held-by-rules.md, SPEC 9.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing.parties import Party
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.promotions import taking
from plancia.shop import events, settling
from plancia.shop.models import Order
from plancia.subscriptions.models import Subscription

BUNDLED = Path(__file__).with_name("brake.toml")


class OrderNotHeld(Refusal):
    """Only an order that is held can be let go or refused."""

    code = "order_not_held"
    sentence = _("This order is not held: it is “%(state)s”.")


class RefusalUnreasoned(Refusal):
    """Whoever refuses an order says why."""

    code = "refusal_unreasoned"
    sentence = _("Please say why: the customer reads it.")
    field = "reason"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds an order: all that is said of it must be so. See brake.toml."""

    name: str
    younger_than_hours: int | None = None
    is_new_customer: bool | None = None
    total_from: Mapping[str, Decimal] = field(default_factory=dict)
    countries_differ: bool | None = None
    orders_in_hours: int | None = None
    orders_more_than: int | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """An order that is about to be written. `visitor_country` is where the visitor seems to be, if anybody knows."""

    organization: Organization
    buyer: Party
    total: Money
    visitor_country: str
    at: datetime


def reasons(situation: Situation) -> list[str]:
    """Return the names of the rules that hold an order; none is good."""
    return [rule.name for rule in rules() if _holds(rule, situation)]


def words(name: str) -> str:
    """Return why a rule holds orders, in the language in force."""
    return str(_RULES.get(name, name))


@transaction.atomic
def release(*, order_id: UUID, actor: Actor, at: datetime) -> Order:
    """
    Let a held order go its way: it waits for its money, or is carried out where it costs nothing.

    Raises: OrderNotHeld.
    """
    order = _held(order_id)
    order.release(at=at)
    trail.record(
        actor, "order.released", order.public_id, organization_id=order.organization_id, at=at, number=order.number
    )
    facts.publish(events.OrderReleased(organization_id=order.organization_id, happened_at=at, order=order.public_id))
    if not order.total:
        settling.settle_free(order_id=order.pk, at=at)
        order.refresh_from_db()
    return order


@transaction.atomic
def refuse(*, order_id: UUID, reason: str, actor: Actor, at: datetime) -> Order:
    """Refuse a held order; the customer reads the reason. Raises: OrderNotHeld; RefusalUnreasoned."""
    if not reason.strip():
        raise RefusalUnreasoned
    order = _held(order_id)
    order.cancel(at=at)
    taking.give_back(order_id=order.pk, organization_id=order.organization_id, at=at)
    trail.record(
        actor,
        "order.refused",
        order.public_id,
        organization_id=order.organization_id,
        at=at,
        number=order.number,
        reason=reason.strip(),
    )
    facts.publish(
        events.OrderRefused(
            organization_id=order.organization_id, happened_at=at, order=order.public_id, reason=reason.strip()
        )
    )
    return order


def rules() -> tuple[Rule, ...]:
    """Return the rules in force. Raises: ImproperlyConfigured, with the key that is wrong."""
    path = Path(settings.BRAKE_RULES or BUNDLED)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_at: int) -> tuple[Rule, ...]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"{path}: cannot be read: {error}") from error
    return tuple(_rule(path, name, body) for name, body in table.items())


_KINDS: Mapping[str, type] = {
    "younger_than_hours": int,
    "is_new_customer": bool,
    "total_from": dict,
    "countries_differ": bool,
    "orders_in_hours": int,
    "orders_more_than": int,
}


def _rule(path: Path, name: str, body: object) -> Rule:
    if not isinstance(body, dict) or not body:
        raise ImproperlyConfigured(f"{path}: {name}: a rule is a table that says when it holds")
    for key, value in body.items():
        if type(value) is not _KINDS.get(key):
            raise ImproperlyConfigured(f"{path}: {name}.{key}: is not known, or not of its kind")
    if ("orders_in_hours" in body) != ("orders_more_than" in body):
        raise ImproperlyConfigured(f"{path}: {name}: orders_in_hours and orders_more_than go together")
    known: dict[str, Any] = dict(body)
    try:
        known["total_from"] = {currency: Decimal(text) for currency, text in body.get("total_from", {}).items()}
    except ArithmeticError as error:
        raise ImproperlyConfigured(f"{path}: {name}.total_from: amounts are written as “250.00”") from error
    return Rule(name, **known)


def _holds(rule: Rule, it: Situation) -> bool:
    """Say whether all that a rule says is so; what needs a query comes last."""
    if rule.total_from and it.total.decimal < rule.total_from.get(it.total.currency, Decimal("Infinity")):
        return False
    hours = rule.younger_than_hours
    if hours is not None and it.at - it.organization.created_at >= timedelta(hours=hours):
        return False
    if rule.countries_differ is not None and _countries_differ(it) is not rule.countries_differ:
        return False
    if rule.is_new_customer is not None and _is_new(it) is not rule.is_new_customer:
        return False
    return rule.orders_in_hours is None or _recent(it, rule.orders_in_hours) > (rule.orders_more_than or 0)


def _countries_differ(it: Situation) -> bool:
    number = it.buyer.vat_number[:2]
    of_number = {"EL": "GR", "XI": "GB"}.get(number, number) if number.isalpha() else ""
    told = {country for country in (it.visitor_country, of_number) if country}
    return any(country != it.buyer.country for country in told)


def _is_new(it: Situation) -> bool:
    return not Subscription.objects.filter(organization_id=it.organization.pk).exists()


def _recent(it: Situation, hours: int) -> int:
    since = it.at - timedelta(hours=hours)
    count: int = Order.objects.filter(organization_id=it.organization.pk, placed_at__gt=since).count()
    return count + 1


def _held(order_id: UUID) -> Order:
    order = settling.lock(order_id)
    if not order.is_held:
        raise OrderNotHeld(state=order.label)
    return order


_RULES: Mapping[str, str | Promise] = {
    "large-first-order": _("A large first order of a new organization"),
    "countries-differ": _("The countries of address, VAT number and visitor differ"),
    "many-orders": _("Many orders in a short time"),
}
