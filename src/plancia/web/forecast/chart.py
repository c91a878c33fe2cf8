"""The chart of months: bars stacked by product type, drawn by the server."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from plancia.kit import formats
from plancia.subscriptions.forecast import MonthRow

WIDTH, HEIGHT, FOOT = 960, 240, 22
#: As many colours as the eye tells apart; types beyond share the last.
COLOURS = 8


def svg(months: Sequence[MonthRow], types: Sequence[str], label: str) -> SafeString:
    """Return the months as bars; `types` is the order in which they stack. A table beside says the same in words."""
    most = max((row.total.minor for row in months), default=0) or 1
    step = WIDTH / len(months)
    bars, words = [], []
    for place, row in enumerate(months):
        top = float(HEIGHT)
        for number, code in enumerate(types):
            if code not in row.by_type:
                continue
            height = row.by_type[code].minor / most * (HEIGHT - 8)
            top -= height
            coming = " chart__bar--coming" if row.is_coming else ""
            colour = min(number, COLOURS - 1)
            bars.append((colour, coming, f"{place * step + 4:.1f}", f"{top:.1f}", f"{step - 8:.1f}", f"{height:.1f}"))
        if place % 3 == 0:
            words.append((f"{place * step + step / 2:.1f}", HEIGHT + 16, formats.month(row.month)))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<line class="chart__axis" x1="0" y1="{}" x2="{}" y2="{}"/>{}{}</svg>',
        WIDTH,
        HEIGHT + FOOT,
        label,
        HEIGHT,
        WIDTH,
        HEIGHT,
        format_html_join(
            "",
            '<rect class="chart__bar chart__bar--{}{}" x="{}" y="{}" width="{}" height="{}"/>',
            bars,
        ),
        format_html_join("", '<text class="chart__word" x="{}" y="{}" text-anchor="middle">{}</text>', words),
    )
