"""Choices: what a customer sets when ordering, checked against what the type asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from plancia.catalog import domain_names, texts
from plancia.catalog.choice_kinds import Kind
from plancia.catalog.models import Plan, ProductType
from plancia.kernel.refusals import Refusal

# RFC 5321 §4.5.3.1 (64 octets); of the letters of RFC 5322 those that every provider accepts.
_LOCAL = re.compile(r"[a-z0-9]+([._+-][a-z0-9]+)*")
_MAX_LOCAL = 64
# Source: RFC 2142, names that belong to who runs the domain.
_RESERVED = frozenset(
    {"abuse", "admin", "administrator", "ftp", "hostmaster", "info", "marketing", "news", "noc", "postmaster", "root"}
    | {"sales", "security", "support", "usenet", "uucp", "webmaster", "www"}
)

_NAMING = (Kind.DOMAIN, Kind.HOSTNAME, Kind.EMAIL_LOCAL, Kind.TEXT)


class ChoiceRefused(Refusal):
    """A choice that cannot be: `field` is the key of the setting, and `reason` says why in the reader's language."""

    code = "choice_refused"
    sentence = _("%(reason)s")

    def __init__(self, field: str, reason: str, *, code: str = "choice_refused") -> None:
        super().__init__(reason=reason, field=field)
        self.field = field  # type: ignore[misc]  # which field it is depends on the catalogue, not on the class
        self.code = code  # type: ignore[misc]  # the code of the reason


def validate(product_type: ProductType, plan: Plan, choices: Mapping[str, str]) -> dict[str, object]:
    """
    Return `choices` as they are kept: domains in ASCII, numbers as numbers, what may be left out left out.

    Raises: ChoiceRefused, at the first setting that is wrong.
    """
    result: dict[str, object] = {}
    for setting in product_type.settings:
        key, text = setting["key"], str(choices.get(setting["key"], "")).strip()
        text = text or str(setting.get("default", ""))
        if text:
            result[key] = _CHECKS[Kind(setting["kind"])](setting, plan, text)
        elif setting["is_required"]:
            reason = _("“%(name)s” is needed.") % {"name": texts.pick(setting["names"])}
            raise ChoiceRefused(key, reason, code="choice_missing")
    for key in choices:
        if key not in {setting["key"] for setting in product_type.settings}:
            raise ChoiceRefused(key, str(_("This product has no such setting.")), code="choice_unknown")
    return result


def display_name(product_type: ProductType, choices: Mapping[str, object], fallback: str) -> str:
    """Return what people call the product: its domain in their letters, its address, its name; else `fallback`."""
    for setting in product_type.settings:
        value = choices.get(setting["key"])
        if value and setting["kind"] in _NAMING:
            return show(setting, value)
    return fallback


def described(product_type: ProductType, choices: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return each choice as people read it, name and value, in the present language."""
    return [
        (texts.pick(setting["names"]), show(setting, choices[setting["key"]]))
        for setting in product_type.settings
        if choices.get(setting["key"]) not in (None, "")
    ]


def show(setting: Mapping[str, Any], value: object) -> str:
    """Return one kept value as people read it."""
    kind = Kind(setting["kind"])
    if kind in (Kind.DOMAIN, Kind.HOSTNAME):
        return domain_names.show(str(value))
    if kind is Kind.EMAIL_LOCAL and setting.get("host"):
        return f"{value}@{domain_names.show(setting['host'])}"
    if kind is Kind.SELECT:
        for option in setting["options"]:
            if option["value"] == value:
                return texts.pick(option["names"])
    return str(value)


def _domain(setting: Mapping[str, Any], plan: Plan, text: str) -> str:
    try:
        name = domain_names.parse_registrable(text)
    except domain_names.DomainRefused as refusal:
        raise ChoiceRefused(setting["key"], str(refusal), code=refusal.code) from refusal
    if setting.get("ending_from_plan") and domain_names.ending(name) != plan.specification.get("ending"):
        reason = _("This offer is for names that end in “.%(sold)s”; “%(name)s” does not.")
        params = {"sold": plan.specification.get("ending"), "name": domain_names.show(name)}
        raise ChoiceRefused(setting["key"], reason % params, code="domain_ending_not_sold")
    return name


def _hostname(setting: Mapping[str, Any], plan: Plan, text: str) -> str:
    try:
        return domain_names.parse(text)
    except domain_names.DomainRefused as refusal:
        raise ChoiceRefused(setting["key"], str(refusal), code=refusal.code) from refusal


def _email_local(setting: Mapping[str, Any], plan: Plan, text: str) -> str:
    local = text.lower()
    if "@" in local:
        reason = str(_("Enter only the part before the “@”."))
    elif len(local) > _MAX_LOCAL:
        reason = _("At most %(maximum)d characters.") % {"maximum": _MAX_LOCAL}
    elif not _LOCAL.fullmatch(local):
        reason = str(_("Use letters without accents, digits, and single dots, hyphens or underscores between them."))
    elif local in _RESERVED:
        reason = str(_("This address is reserved."))
    else:
        return local
    raise ChoiceRefused(setting["key"], reason, code="address_refused")


def _select(setting: Mapping[str, Any], plan: Plan, text: str) -> str:
    if text not in {option["value"] for option in setting["options"]}:
        raise ChoiceRefused(setting["key"], str(_("Choose one of the options.")), code="option_unknown")
    return text


def _number(setting: Mapping[str, Any], plan: Plan, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise ChoiceRefused(setting["key"], str(_("Enter a whole number.")), code="number_refused")
    number = int(text)
    if not setting["minimum"] <= number <= setting["maximum"]:
        reason = _("Enter a number between %(minimum)d and %(maximum)d.")
        params = {"minimum": setting["minimum"], "maximum": setting["maximum"]}
        raise ChoiceRefused(setting["key"], reason % params, code="number_out_of_range")
    return number


def _text(setting: Mapping[str, Any], plan: Plan, text: str) -> str:
    if len(text) > setting["max_length"]:
        reason = _("At most %(maximum)d characters.") % {"maximum": setting["max_length"]}
        raise ChoiceRefused(setting["key"], reason, code="text_too_long")
    if not text.isprintable():
        reason = str(_("Line breaks and invisible characters cannot be used here."))
        raise ChoiceRefused(setting["key"], reason, code="text_refused")
    return text


_CHECKS: dict[Kind, Callable[[Mapping[str, Any], Plan, str], object]] = {
    Kind.DOMAIN: _domain,
    Kind.HOSTNAME: _hostname,
    Kind.EMAIL_LOCAL: _email_local,
    Kind.SELECT: _select,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
}
