"""The service behind a product, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.provisioning.queries import ResourceRow

#: What drivers commonly tell of a service. What is not here is shown by its own name.
FACTS: dict[str, str | Promise] = {
    "hostname": _("Server"),
    "address": _("Address"),
    "ipv4": _("IPv4 address"),
    "ipv6": _("IPv6 address"),
    "nameservers": _("Name servers"),
    "mail_server": _("Mail server"),
    "stream_url": _("Stream"),
    "url": _("Address"),
    "quota_gb": _("Storage, GB"),
    "disk_gb": _("Disk, GB"),
    "memory_gb": _("Memory, GB"),
    "vcpu": _("Processors"),
    "mailboxes": _("Mailboxes"),
    "listeners": _("Listeners at once"),
    "viewers": _("Viewers at once"),
    "mails_per_month": _("Mails a month"),
    "guests": _("Guests"),
}


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """What was seen of a service: `state` is a key of the kit's pills."""

    state: str
    facts: list[tuple[str | Promise, str]]
    seen_at: datetime | None
    is_stuck: bool


def service(resource: ResourceRow | None) -> ServiceRow | None:
    """Return the service of a product in words, or None where there is none."""
    if resource is None:
        return None
    is_stuck = bool(resource.last_error) and not resource.is_settled
    state = resource.observed
    if not resource.is_settled:
        state = "stuck" if is_stuck else "settling"
    facts = [(FACTS.get(name, _spoken(name)), _written(value)) for name, value in resource.facts.items() if value]
    return ServiceRow(state, facts, resource.settled_at, is_stuck)


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _written(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)
