"""Tags of the log."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise

from plancia.web.log import wording

register = template.Library()


@register.filter
def action_words(action: str) -> str | Promise:
    """Say what an action is called: `{{ row.action|action_words }}`."""
    return wording.words(action)
