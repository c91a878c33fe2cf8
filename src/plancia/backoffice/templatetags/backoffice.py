"""Tags of the back office."""

from __future__ import annotations

from django import template
from django.template import Context

from plancia.backoffice import sections

register = template.Library()


@register.simple_tag(takes_context=True)
def staff_menu(context: Context) -> list[sections.SectionRow]:
    """Return the side menu for who asks: `{% staff_menu as menu %}`."""
    request = context["request"]
    return sections.rows(request.user.duties, request.path)
