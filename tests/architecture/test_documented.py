"""What others rely on is written down: codes of refusals and names of facts."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from django.utils import translation

from plancia.kernel.refusals import Refusal
from plancia.outbox.events import Event
from tests.architecture.test_style import MODULES, ROOT, SOURCE


def _all_below(base: type) -> set[type]:
    return {below for each in base.__subclasses__() for below in ({each} | _all_below(each))}


def _load_everything() -> None:
    for file in MODULES:
        name = ".".join(("plancia", *file.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
        if not name.endswith("__main__"):
            importlib.import_module(name)


def _listed(page: Path) -> set[str]:
    return set(re.findall(r"^\| `([a-z_.]+)` \|", page.read_text(), re.MULTILINE))


def test_every_code_of_a_refusal_is_documented():
    _load_everything()
    codes = {refusal.code for refusal in _all_below(Refusal) if hasattr(refusal, "code") and _is_ours(refusal)}

    assert _listed(ROOT / "docs/refusals.md") == codes


def test_every_code_stands_for_one_refusal():
    _load_everything()
    refusals = [refusal for refusal in _all_below(Refusal) if "code" in vars(refusal) and _is_ours(refusal)]

    assert sorted(refusal.code for refusal in refusals) == sorted({refusal.code for refusal in refusals})


def test_every_fact_is_documented():
    _load_everything()
    names = {event.name for event in _all_below(Event) if getattr(event, "name", "") and _is_ours(event)}

    assert _listed(ROOT / "docs/facts.md") == names


def test_every_refusal_says_a_sentence():
    _load_everything()
    with translation.override("en"):
        silent = [refusal for refusal in _all_below(Refusal) if _is_ours(refusal) and not str(refusal.sentence)]

    assert silent == []


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("plancia.")
