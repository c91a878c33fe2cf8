"""What of STYLE.md a machine can check."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/plancia"
MODULES = [file for file in SOURCE.rglob("*.py") if "migrations" not in file.parts]
TEMPLATES = [*SOURCE.rglob("*.html")]
FORBIDDEN_NAMES = {"services", "utils", "core", "helpers", "managers", "misc", "common", "signals"}


def test_no_module_is_named_for_nothing():
    assert [file for file in MODULES if file.stem in FORBIDDEN_NAMES or file.parent.name in FORBIDDEN_NAMES] == []


def test_no_module_is_longer_than_four_hundred_lines():
    assert {str(file.relative_to(ROOT)): n for file in MODULES if (n := len(file.read_text().splitlines())) > 400} == {}


def test_templates_have_no_inline_style_or_script():
    """Mail is the exception: its readers know no style sheets."""
    pages = [file for file in TEMPLATES if "notices" not in file.relative_to(SOURCE).parts]
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", re.IGNORECASE)

    assert [str(file.relative_to(ROOT)) for file in pages if inline.search(file.read_text())] == []


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_public_functions_say_what_they_do(file: Path):
    """Public functions and classes of the business carry a docstring; models' fields speak for themselves."""
    silent = [
        f"{file.relative_to(SOURCE)}:{node.lineno} {node.name}"
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)
    ]

    assert silent == []


def test_use_cases_use_the_transaction_of_the_principal():
    """Django's own `transaction` would always pick the web's connection. Source: docs/decisions/0004."""
    guilty = [
        str(file.relative_to(SOURCE))
        for file in MODULES
        if re.search(r"from django\.db import .*\btransaction\b", file.read_text()) and file.name != "transaction.py"
    ]

    assert guilty == []


def test_only_surfaces_jobs_and_the_demo_read_the_clock():
    allowed = {"web", "api", "backoffice", "ops", "demo", "kernel", "config"}
    guilty = [
        str(path)
        for file in MODULES
        if (path := file.relative_to(SOURCE)).parts[0] not in allowed
        and path.name not in {"jobs.py", "outgoing.py", "adapter.py", "engine.py", "guards.py"}
        and re.search(r"clock\.now\(\)|datetime\.now\(|timezone\.now\(", file.read_text())
    ]

    assert guilty == []


def test_the_project_speaks_of_itself_alone():
    """No address of a package registry, no path of a machine."""
    hosts = re.compile(r"--(extra-)?(index-url|find-links)\b|registry\s*=")
    files = [*ROOT.glob("*"), *(ROOT / "requirements").glob("*"), *(ROOT / "tools").glob("*")]

    assert [file.name for file in files if file.is_file() and hosts.search(file.read_text(errors="ignore"))] == []
