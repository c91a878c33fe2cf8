"""The bundle: one style sheet and one script, made of the files that their tables of contents name."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from plancia import kit
from plancia.kit import storage

STATIC = Path(kit.__file__).parent / "static"


def read(name: str) -> str:
    return (STATIC / name).read_text()


def test_every_style_sheet_is_imported_into_a_layer_once():
    imported = re.findall(r'@import "([^"]+)" layer\((\w+)\);', read("kit/plancia.css"))
    files = {str(file.relative_to(STATIC / "kit")) for file in (STATIC / "kit").rglob("*.css")} - {"plancia.css"}

    assert {name for name, _layer in imported} == files
    assert len(imported) == len(files)


def test_every_behaviour_is_imported_once_and_is_short():
    imported = re.findall(r'^import "\./([^"]+)";$', read("kit/plancia.js"), re.MULTILINE)
    files = {f"behaviours/{file.name}": file for file in (STATIC / "kit/behaviours").glob("*.js")}

    assert sorted(imported) == sorted(files)
    assert {name: n for name, file in files.items() if (n := len(file.read_text().splitlines())) > 80} == {}


@pytest.mark.parametrize("name", storage.BundledStaticFilesStorage.BUNDLES)
def test_a_bundle_imports_nothing_any_more(name):
    bundled = storage.bundle(name, read)

    assert not re.search(r"^\s*(@import|import )", bundled, re.MULTILINE)


def test_the_bundle_keeps_the_order_of_the_layers():
    bundled = storage.bundle("kit/plancia.css", read)

    assert bundled.startswith("@layer reset,tokens,theme,base,layout,components,pages,utilities;")
    assert bundled.count("{") == bundled.count("}")


def test_small_css_says_the_same():
    assert (
        storage.small_css("a , b > c {\n  color : red; /* why */\n  margin: 0 auto;\n}\n")
        == "a,b > c{color :red;margin:0 auto}\n"
    )


def test_styles_and_scripts_weigh_less_than_eighty_kilobytes_compressed():
    weights = [
        len(gzip.compress(storage.bundle(name, read).encode())) for name in storage.BundledStaticFilesStorage.BUNDLES
    ]

    assert sum(weights) < 80_000


def test_components_read_roles_and_not_the_palette():
    palette = re.compile(r"var\(--(gray|night)-")
    guilty = [
        file.name
        for file in (STATIC / "kit").rglob("*.css")
        if file.name != "roles.css" and palette.search(file.read_text())
    ]

    assert guilty == []
