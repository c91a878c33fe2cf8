"""Tags and filters that pages are made with. Each is shown on `/kit/` and explained in docs/kit.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django import template
from django.forms import BaseForm
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from plancia.kernel.money import Money
from plancia.kit import formats, icons, pills, sparklines

register = template.Library()

_TONES = {
    "info": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "danger": "circle-x",
    "neutral": "info",
}


@register.simple_tag
def icon(name: str, css_class: str = "icon") -> SafeString:
    """Draw a lucide icon."""
    return icons.svg(name, css_class)


@register.simple_tag
def badge(tone: str, text: object) -> SafeString:
    """Draw a pill: `tone` is success, warning, danger, info, neutral or plain."""
    return _badge(tone, str(text))


@register.simple_tag
def state(kind: str, name: object) -> SafeString:
    """Draw the pill of a state: `{% state "product" row.state %}`."""
    return _state(kind, str(name), translation.get_language() or "")


@register.filter
def reason(code: object) -> str:
    """Say why a product is in its state; nothing where there is nothing to say."""
    return str(pills.REASONS.get(str(code), ""))


@register.simple_tag
def sparkline(values: Sequence[int], label: str = "") -> SafeString:
    """Draw a line of `values`."""
    return sparklines.svg(values, label)


@register.filter
def money(amount: Money | int | None, currency: str = "") -> str:
    """Write an amount: `{{ row.total|money }}` or `{{ row.total_minor|money:row.currency }}`."""
    if amount is None:
        return ""
    return formats.money(amount if isinstance(amount, Money) else Money(amount, currency))


@register.filter
def number(value: int | None) -> str:
    """Write a whole number."""
    return "" if value is None else formats.number(value)


@register.filter
def percent(rate: Decimal | None) -> str:
    """Write a rate in percent: “8.1 %”."""
    return "" if rate is None else formats.percent(rate)


@register.filter
def date_short(at: date | datetime | None) -> str:
    """Write a date: “31 Dec 2026”."""
    return formats.date_short(at) if at else ""


@register.filter
def date_long(at: date | datetime | None) -> str:
    """Write a date: “31 December 2026”."""
    return formats.date_long(at) if at else ""


@register.filter
def moment(at: datetime | None) -> str:
    """Write date and time."""
    return formats.moment(at) if at else ""


@register.simple_block_tag
def page_header(content: str, title: object, sub: object = "", over: object = "", pill: object = "") -> SafeString:
    """Open a page: its `h1`, a line over and under it, a pill beside it; the content are its actions."""
    return _piece("page_header", title=title, sub=sub, over=over, pill=pill, content=content)


@register.simple_block_tag
def card(content: str, title: object = "", sub: object = "", kind: str = "", flush: bool = False) -> SafeString:
    """Draw a card. `flush` lets a table or rows reach its edges; `kind` is quiet or danger."""
    return _piece("card", title=title, sub=sub, kind=kind, flush=flush, content=content)


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: object = "") -> SafeString:
    """Tell something: `tone` is info, success, warning, danger or neutral."""
    return _piece("notice", tone=tone, icon=_TONES.get(tone, "info"), title=title, content=content)


@register.simple_block_tag
def empty(content: str, icon: str, title: object, text: object = "") -> SafeString:
    """Say that there is nothing yet, and what to do; the content are the buttons."""
    return _piece("empty", icon=icon, title=title, text=text, content=content)


@register.simple_block_tag
def menu(content: str, label: object, icon: str = "", css_class: str = "") -> SafeString:
    """Draw a button that opens a menu; the content are `menu__item`s."""
    return _piece("menu", label=label, icon=icon, css_class=css_class, content=content)


@register.inclusion_tag("ui/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, object]:
    """List what is wrong with a form, each with a link to its field."""
    return {
        "form": form,
        "others": form.non_field_errors() if form.is_bound else [],
        "fields": [field for field in form if field.errors] if form.is_bound else [],
    }


@register.filter
def message_tone(level: str) -> str:
    """Say in which tone a message of Django is told."""
    return {"error": "danger", "debug": "neutral"}.get(level, level)


@register.filter
def input_kind(field: object) -> str:
    """Say how a field is laid out: check, choices, hidden or plain."""
    kind = getattr(field, "widget_type", "")
    return {"checkbox": "check", "radioselect": "choices", "checkboxselectmultiple": "choices"}.get(kind, "plain")


def _piece(name: str, **context: object) -> SafeString:
    return render_to_string(f"ui/{name}.html", context)


@lru_cache(maxsize=2048)
def _badge(tone: str, text: str) -> SafeString:
    return format_html('<span class="badge badge--{}">{}</span>', tone, text)


@lru_cache(maxsize=512)
def _state(kind: str, name: str, language: str) -> SafeString:
    tone, words = pills.STATES[kind].get(name, ("neutral", name))
    return _badge(tone, str(words))
