"""What a type may let the customer choose: the kinds of setting, as a catalogue's files describe them."""

from __future__ import annotations

import re
from enum import StrEnum

from django.utils.translation import gettext as _

from plancia.catalog import domain_names
from plancia.catalog.tables import Table
from plancia.kernel.refusals import Refusal

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Kind(StrEnum):
    """How a choice is written, and checked."""

    DOMAIN = "domain"  # a name that can be registered: aurora.ch
    HOSTNAME = "hostname"  # any name below one: www.aurora.ch
    EMAIL_LOCAL = "email_local"  # the part before the @
    SELECT = "select"
    NUMBER = "number"
    TEXT = "text"


def read(table: Table) -> dict[str, object]:
    """Return one setting of a type: what is the same for every kind, and what its kind adds."""
    key = table.text("key", max_length=40)
    if key and not _KEY.fullmatch(key):
        table.refuse("key", _("is no key: use lower-case letters, digits and underscores, a letter first"))
    kind = table.text("kind")
    setting: dict[str, object] = {
        "key": key,
        "kind": kind,
        "names": table.texts("names", max_length=60),
        "help": table.texts("help", max_length=300, is_required=False),
        "is_required": table.flag("is_required", default=True),
    }
    if kind in set(Kind):
        setting |= _READERS.get(Kind(kind), _nothing)(table)
        table.finish()
    elif kind:
        table.refuse("kind", _("is no kind of setting; there are: %(kinds)s") % {"kinds": ", ".join(Kind)})
    return setting


def _nothing(table: Table) -> dict[str, object]:
    return {}


def _domain(table: Table) -> dict[str, object]:
    return {"ending_from_plan": table.flag("ending_from_plan", default=False)}


def _email_local(table: Table) -> dict[str, object]:
    host = table.text("host", max_length=253)
    if host:
        try:
            host = domain_names.parse(host, is_public=False)
        except Refusal as refusal:
            table.refuse("host", str(refusal))
    return {"host": host}


def _select(table: Table) -> dict[str, object]:
    options = []
    for option in table.array("options", is_required=True):
        options.append({"value": option.code("value"), "names": option.texts("names", max_length=80)})
        option.finish()
    values = [str(option["value"]) for option in options]
    for place, value in enumerate(values):
        if value and value in values[:place]:
            table.refuse(f"options.{place}.value", _("is there twice"))
    default = table.text("default", default="")
    if default and values and default not in values:
        table.refuse("default", _("is none of the options"))
    return {"options": options, "default": default}


def _number(table: Table) -> dict[str, object]:
    minimum = table.number("minimum", minimum=0, maximum=1_000_000_000)
    maximum = table.number("maximum", minimum=0, maximum=1_000_000_000)
    if minimum > maximum and table.has("maximum"):
        table.refuse("maximum", _("is below the minimum"))
        maximum = minimum
    result: dict[str, object] = {"minimum": minimum, "maximum": maximum}
    if table.has("default"):
        result["default"] = table.number("default", minimum=minimum, maximum=maximum)
    return result


def _text(table: Table) -> dict[str, object]:
    return {"max_length": table.number("max_length", minimum=1, maximum=1000, default=100)}


_READERS = {
    Kind.DOMAIN: _domain,
    Kind.EMAIL_LOCAL: _email_local,
    Kind.SELECT: _select,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
}
