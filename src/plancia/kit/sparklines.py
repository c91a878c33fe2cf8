"""Sparklines: small lines drawn by the server."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

_WIDTH, _HEIGHT, _MARGIN = 80, 28, 3


def svg(values: Sequence[int], label: str = "") -> SafeString:
    """Return `values` as a line; nothing for fewer than two. `label` is what screen readers say in its place."""
    if len(values) < 2:
        return SafeString("")
    low, span = min(values), (max(values) - min(values)) or 1
    step = (_WIDTH - 2 * _MARGIN) / (len(values) - 1)
    points = " ".join(
        f"{_MARGIN + step * place:.1f},{_HEIGHT - _MARGIN - (value - low) / span * (_HEIGHT - 2 * _MARGIN):.1f}"
        for place, value in enumerate(values)
    )
    said = format_html(' role="img" aria-label="{}"', label) if label else SafeString(' aria-hidden="true"')
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round"{}><polyline points="{}"/></svg>',
        _WIDTH,
        _HEIGHT,
        said,
        points,
    )
