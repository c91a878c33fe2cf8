"""Tags that say in words what a code means, where a pill would be too loud."""

from __future__ import annotations

from django import template

from plancia.kit import pills
from plancia.payments.methods import Method

register = template.Library()


@register.simple_tag
def state_words(kind: str, name: object) -> str:
    """Say what a state is called: `{% state_words "order" row.state %}`."""
    return str(pills.STATES[kind].get(str(name), ("", name))[1])


@register.simple_tag
def method(code: object) -> str:
    """Say what a payment method is called: `{% method row.method %}`."""
    return str(Method(str(code)).label) if str(code) in set(Method) else str(code)
