"""
The rehearsal driver: services that exist only in two tables, for the demo and for tests.

Its tables are a world outside ours: it reaches them in short transactions of its own, as a real driver reaches a server
over the network, and knows nothing of resources. It can be told to be slow or to fail (RehearsalFault).
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Mapping, Sequence

from django.db.models import F

from plancia.kernel import transaction
from plancia.provisioning import contents
from plancia.provisioning.contents import Content, ContentKind
from plancia.provisioning.drivers import DriverFailed, Observation, Request
from plancia.provisioning.models import RehearsalFault, RehearsedService
from plancia.provisioning.states import Presence

# Addresses and names that can never be somebody's. Source: RFC 5737, RFC 3849, RFC 2606.
_IPV4 = ipaddress.IPv4Network("192.0.2.0/24")
_IPV6 = ipaddress.IPv6Network("2001:db8::/32")
_DOMAIN = "rehearsal.example"

EVERYTHING = "*"
#: Of 256 names that nobody here has, so many are somebody else's.
_TAKEN = 64

#: What a service of a type is given, besides a server name and what its specification says.
_WITH_ADDRESS = frozenset({"vps", "cloud-server", "web-hosting", "site-builder", "paas", "nas"})
_WITH_STREAM = frozenset({"audio-streaming", "video-streaming", "media-on-demand"})
_WITH_MAIL = frozenset({"email-service", "personal-mail", "free-mailbox", "newsletter"})
_SIZES = ("quota_gb", "disk_gb", "memory_gb", "vcpu", "mailboxes", "listeners", "viewers", "mails_per_month", "guests")


class RehearsalDriver:
    """Makes services that exist only on paper, at once."""

    def create(self, request: Request) -> Observation:
        """Make the service, running; where it is there already, bring it to what is asked."""
        return self._put(request, Presence.RUNNING)

    def change(self, request: Request) -> Observation:
        """Bring the service to another specification."""
        return self._put(request, Presence.RUNNING)

    def suspend(self, request: Request) -> Observation:
        """Let the service stand still."""
        return self._put(request, Presence.SUSPENDED)

    def resume(self, request: Request) -> Observation:
        """Let the service run again."""
        return self._put(request, Presence.RUNNING)

    def terminate(self, request: Request) -> Observation:
        """Remove the service."""
        self._stumble(request)
        with transaction.as_staff():
            RehearsedService.objects.filter(key=request.key).delete()
        return Observation(Presence.ABSENT)

    def observe(self, request: Request) -> Observation:
        """Look."""
        self._stumble(request)
        with transaction.as_staff():
            service = RehearsedService.objects.filter(key=request.key).first()
        return self._seen(service)

    def free_names(self, names: Sequence[str]) -> dict[str, bool]:
        """
        Say which names are free: not those that services here have, nor every fourth of the others.

        Which of the others is always the same, so that a demo and a test meet taken names as people do.
        """
        with transaction.as_staff():
            ours = set(
                RehearsedService.objects.filter(specification__choices__domain__in=list(names)).values_list(
                    "specification__choices__domain", flat=True
                )
            )
        return {name: name not in ours and hashlib.sha256(name.encode()).digest()[0] >= _TAKEN for name in names}

    def _put(self, request: Request, presence: Presence) -> Observation:
        self._stumble(request)
        with transaction.as_staff(), transaction.atomic():
            service, _is_new = RehearsedService.objects.select_for_update().get_or_create(
                key=request.key,
                defaults={"presence": presence, "contents": contents.written(_filled(request.specification))},
            )
            service.presence = presence
            if presence is Presence.RUNNING:
                service.specification = dict(request.specification)
            service.calls += 1
            service.save(update_fields=["presence", "specification", "calls"])
        return self._seen(service)

    def _seen(self, service: RehearsedService | None) -> Observation:
        if service is None:
            return Observation(Presence.ABSENT)
        facts = _facts(service.key, service.specification)
        return Observation(Presence(service.presence), service.specification, facts, contents.read(service.contents))

    def _stumble(self, request: Request) -> None:
        """Be slow, or fail, as often as told."""
        with transaction.as_staff(), transaction.atomic():
            keys = [request.key, request.subject, EVERYTHING]
            faults = list(RehearsalFault.objects.filter(key__in=keys, times__gt=0).order_by("key").select_for_update())
            if not faults:
                return
            # The fault of one service before that of all.
            fault = min(faults, key=lambda fault: keys.index(fault.key))
            RehearsalFault.objects.filter(key=fault.key).update(times=F("times") - 1)
        if fault.delay_seconds:
            time.sleep(fault.delay_seconds)
        if fault.message:
            raise DriverFailed(fault.message)


def _facts(key: str, specification: Mapping[str, object]) -> dict[str, object]:
    """Return what would be known of such a service: always the same for the same key."""
    digest = hashlib.sha256(key.encode()).digest()
    kind = str(specification.get("type", "service"))
    server = f"{kind}-{digest[:3].hex()}.{_DOMAIN}"
    facts: dict[str, object] = {"hostname": server}
    if kind in _WITH_ADDRESS:
        facts["ipv4"] = str(_IPV4[1 + digest[3] % 254])
        facts["ipv6"] = str(_IPV6[int.from_bytes(digest[4:8], "big") << 64 | 1])
    if kind == "domain-name":
        facts = {"nameservers": [f"ns{number}.{_DOMAIN}" for number in (1, 2)]}
    elif kind in _WITH_STREAM:
        facts["stream_url"] = f"https://{server}/live"
    elif kind in _WITH_MAIL:
        facts = {"mail_server": f"mx.{_DOMAIN}"}
    return facts | {size: specification[size] for size in _SIZES if size in specification}


#: What is in a service of a type soon after it was made: kinds and names, `{name}` for the service's own.
_FILLINGS: dict[str, tuple[tuple[ContentKind, str], ...]] = {
    "audio-streaming": ((ContentKind.STREAM, "{name}"), (ContentKind.RECORDING, "archive/monday.mp3")),
    "cloud-backup": ((ContentKind.BACKUP, "{name} 1"), (ContentKind.BACKUP, "{name} 2")),
    "cloud-server": ((ContentKind.MACHINE, "{name}"), (ContentKind.BACKUP, "{name} daily")),
    "custom-brand": ((ContentKind.ADDRESS, "{name}"), (ContentKind.CERTIFICATE, "{name}")),
    "domain-name": ((ContentKind.DOMAIN, "{name}"),),
    "drive": ((ContentKind.FILES, "{name}"), (ContentKind.BACKUP, "{name} versions")),
    "email-service": (
        (ContentKind.MAILBOX, "info@{name}"),
        (ContentKind.MAILBOX, "office@{name}"),
        (ContentKind.BACKUP, "{name} mail"),
    ),
    "free-mailbox": ((ContentKind.MAILBOX, "{name}"),),
    "guest-manager": ((ContentKind.LIST, "{name} guests"),),
    "media-on-demand": ((ContentKind.RECORDING, "{name} library"),),
    "nas": ((ContentKind.FILES, "{name}"), (ContentKind.BACKUP, "{name} snapshots")),
    "newsletter": ((ContentKind.LIST, "{name} subscribers"),),
    "office-suite": ((ContentKind.FILES, "{name} documents"), (ContentKind.MAILBOX, "team@{name}")),
    "paas": ((ContentKind.APPLICATION, "{name}"), (ContentKind.DATABASE, "{name}")),
    "personal-mail": ((ContentKind.MAILBOX, "{name}"),),
    "site-builder": ((ContentKind.WEBSITE, "{name}"), (ContentKind.BACKUP, "{name} daily")),
    "ssl-certificate": ((ContentKind.CERTIFICATE, "{name}"),),
    "video-streaming": ((ContentKind.STREAM, "{name}"),),
    "vps": ((ContentKind.MACHINE, "{name}"), (ContentKind.BACKUP, "{name} snapshot")),
    "web-hosting": (
        (ContentKind.WEBSITE, "{name}"),
        (ContentKind.DATABASE, "db_{name}"),
        (ContentKind.MAILBOX, "info@{name}"),
        (ContentKind.CERTIFICATE, "{name}"),
        (ContentKind.BACKUP, "{name} daily"),
    ),
}


def _filled(specification: Mapping[str, object]) -> list[Content]:
    name = str(specification.get("name", ""))
    filling = _FILLINGS.get(str(specification.get("type", "")), ((ContentKind.OTHER, "{name}"),))
    return [Content(kind, pattern.replace("{name}", name)) for kind, pattern in filling]
