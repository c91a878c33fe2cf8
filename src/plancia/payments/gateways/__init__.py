"""The gateways that collect money for us, by name."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from plancia.kernel.refusals import Refusal
from plancia.payments.gateways import paypal_orders, rehearsal, stripe_cards
from plancia.payments.gateways.protocol import Gateway
from plancia.payments.methods import Method

_KNOWN: MappingProxyType[str, Gateway] = MappingProxyType(
    {gateway.NAME: gateway for gateway in (stripe_cards, paypal_orders, rehearsal)}  # real ones first
)


class NoSuchGateway(Refusal):
    """No gateway has that name, or it is switched off."""

    code = "no_such_gateway"
    sentence = _("This way to pay is not available.")


def gateway(name: str) -> Gateway:
    """Return a gateway that is switched on. Raises: NoSuchGateway."""
    if name not in names():
        raise NoSuchGateway(gateway=name)
    return _KNOWN[name]


def names(method: Method | None = None) -> list[str]:
    """Return the gateways that are switched on, all or those of a method: without any, it is not offered."""
    return [name for name, known in _KNOWN.items() if known.origin() and method in (None, known.METHOD)]


def known() -> list[str]:
    """Return the names of all gateways, also of those that are switched off now."""
    return list(_KNOWN)


def default(method: Method = Method.CARD) -> str:
    """Return the gateway that collects by a method. Raises: NoSuchGateway."""
    if not names(method):
        raise NoSuchGateway(gateway="")
    return names(method)[0]


def origins() -> list[str]:
    """Return where forms of ours may lead a browser to: scheme, host and port of each gateway's pages."""
    return [_KNOWN[name].origin() for name in names()]
