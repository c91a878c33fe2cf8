"""docs/chart-of-accounts.md shows the headings that the packages declare."""

from __future__ import annotations

import re
from pathlib import Path

import plancia
from plancia.ledger import accounts, books

DOCUMENT = Path(plancia.__file__).parents[2] / "docs" / "chart-of-accounts.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| (\w+) \| (yes|no) \| (yes|no) \|", re.MULTILINE)


def test_every_heading_is_described_as_it_is_declared():
    declared = {
        (one.name, str(one.kind), one.is_of_organization, one.is_floored)
        for one in accounts.headings()
        if not one.name.startswith("test-")
    }

    described = {
        (name, kind, is_theirs == "yes", is_floored == "yes")
        for name, kind, is_theirs, is_floored in ROW.findall(DOCUMENT.read_text())
    }

    assert described == declared


def test_every_check_explains_its_differences():
    difference = books.Difference("series have no gaps", "2026", "1", "2")

    assert difference.explanation == "A number is missing or double: an auditor will ask for it."
    assert all(books.Difference(name, "", "", "").explanation for name in books.checks())
