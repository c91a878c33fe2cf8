"""docs/settings.md and the code name the same variables."""

from __future__ import annotations

import re
from pathlib import Path

import plancia

PACKAGE = Path(plancia.__file__).parent
DOCUMENT = PACKAGE.parent.parent / "docs" / "settings.md"

#: Django's, libpq's and ours between parent and child: nobody sets them by hand.
INTERNAL = {"DJANGO_SETTINGS_MODULE", "PGOPTIONS", "PLANCIA_LIFELINE", "PLANCIA_MODE", "XDG_DATA_HOME"}
#: Read by tools and tests, not by the package.
OF_TOOLS = {"PLANCIA_CHROMIUM", "PLANCIA_DOVECOT", "PLANCIA_TEST_BASE"}


def read_by_the_code() -> set[str]:
    names: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text()
        names |= set(re.findall(r"""environ(?:\.\w+\(|\[)\s*f?["']([A-Z_]+)["']""", text))
        names |= set(re.findall(r"""envvar=["']([A-Z_]+)["']""", text))
        names |= set(re.findall(r"""["'](DATABASE_[A-Z_]+|PLANCIA_[A-Z_]+)["']""", text))
    return names - INTERNAL


def test_every_variable_is_described() -> None:
    described = set(re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENT.read_text(), re.MULTILINE))

    assert described - OF_TOOLS == read_by_the_code()
