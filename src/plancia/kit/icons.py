"""Icons: drawings of lucide, inline, so that they take the colour of the text. Source: https://lucide.dev (ISC)."""

from __future__ import annotations

from functools import cache

import lucide
from django.utils.safestring import SafeString, mark_safe

# Icons named by data (a catalogue) may be misspelt; a page must not break for it.
_MISSING = "circle-dashed"


@cache
def svg(name: str, css_class: str = "icon") -> SafeString:
    """Return the icon `name` as SVG that screen readers skip: the text beside it, or a label, says what it means."""
    try:
        drawing = lucide._render_icon(
            name,
            None,
            **{"class": css_class, "aria-hidden": "true", "stroke-width": "1.75", "width": "18", "height": "18"},
        )
    except lucide.IconDoesNotExist:
        return svg(_MISSING, css_class)
    return mark_safe("".join(line.strip() + " " * (not line.strip().endswith(">")) for line in drawing.splitlines()))  # noqa: S308  (lucide's own files)
