"""Agents: what a browser calls itself, as people would call it."""

from __future__ import annotations

import re

# Order matters: Edge and Opera also say Chrome, and Chrome also says Safari.
_BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"(Firefox|FxiOS)/"),
    ("Chrome", r"(Headless)?Chrom(e|ium)/|CriOS/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


def name(agent: str) -> str:
    """Return "Firefox · Windows"; what cannot be told is left out, and "" says that nothing can."""
    parts = (next((name for name, mark in table if re.search(mark, agent)), "") for table in (_BROWSERS, _SYSTEMS))
    return " · ".join(part for part in parts if part)
