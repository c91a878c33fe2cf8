"""A small catalogue in a directory, to be spoilt."""

from __future__ import annotations

from pathlib import Path

from plancia.catalog import reading
from plancia.catalog.catalogue import CatalogError, CatalogRefused, Catalogue


def names(text: str) -> str:
    return "{ " + ", ".join(f'{language} = "{text} {language}"' for language in ("it", "en", "fr", "de", "es")) + " }"


CATEGORIES = f"""
[categories.web]
icon = "globe"
names = {names("Web")}
"""

HOSTING = f"""
code = "hosting"
category = "web"
position = 1
icon = "server"
driver = "rehearsal"
names = {names("Hosting")}
summaries = {names("Room for sites")}

[[settings]]
key = "domain"
kind = "domain"
names = {names("Domain")}

[plans.pro]
names = {names("Pro")}
max_quantity = 3
specification = {{ disk_gb = 20, locations = ["zurich", "milan"], is_fast = true }}
features = {{ it = ["a"], en = ["a"], fr = ["a"], de = ["a"], es = ["a"] }}

[plans.pro.prices]
CHF = {{ 1 = "6.90", 12 = "69.00" }}
EUR = {{ 1 = "6.50", 12 = "65" }}
"""

MAIL = HOSTING.replace('"hosting"', '"mail"').replace("plans.pro", "plans.box").replace("position = 1", "position = 2")


def write(directory: Path, **files: str) -> Path:
    """Write the small catalogue; a file named in `files` (without .toml) is as given there."""
    for name, content in ({"categories": CATEGORIES, "hosting": HOSTING, "mail": MAIL} | files).items():
        (directory / f"{name}.toml").write_text(content, encoding="utf-8")
    return directory


def spoil(directory: Path, old: str, new: str) -> list[CatalogError]:
    """Replace `old` in the hosting file, and return what is then wrong with the catalogue."""
    assert old in HOSTING
    return mistakes(write(directory, hosting=HOSTING.replace(old, new, 1)))


def mistakes(directory: Path) -> list[CatalogError]:
    try:
        reading.read(directory, drivers={"rehearsal", "manual"})
    except CatalogRefused as refusal:
        return refusal.errors
    return []


def small(directory: Path, **files: str) -> Catalogue:
    return reading.read(write(directory, **files), drivers={"rehearsal", "manual"})
