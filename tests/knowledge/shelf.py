"""A small help centre in folders of its own, for tests."""

from __future__ import annotations

from pathlib import Path

from plancia.kernel.actors import SYSTEM
from plancia.knowledge import importing, reading
from plancia.knowledge.importing import Summary
from tests.people import MORNING

NAMES = {"web-hosting": {"it": "Hosting web", "en": "Web hosting"}}
PIXEL = b"\x89PNG\r\n\x1a\n" + b"\0" * 32

_FIVE = ("it", "en", "fr", "de", "es")


def build(root: Path, *, articles: int = 3) -> Path:
    """Write a help centre: article 10 in all languages with a picture, 20 in two, the others in English."""
    words = "{ " + ", ".join(f'{code} = "Money {code}"' for code in _FIVE) + " }"
    put(root, "categories.toml", f'[money]\nicon = "wallet"\nnames = {words}\nsummaries = {words}\n')
    put(root, "synonyms.toml", 'en = [\n    ["invoice", "bill"],\n]\n')
    put(root, "10-top-up/article.toml", 'number = 10\ncategory = "money"\nscreens = ["prepaid"]\nrelated = [20]\n')
    for code in _FIVE:
        put(root, f"10-top-up/{code}.md", text(f"Top up in {code}", "Press **Top up**.\n\n![A button](press.png)\n"))
    (root / "10-top-up/press.png").write_bytes(PIXEL)
    put(root, "20-invoice/article.toml", 'number = 20\ncategory = "money"\nproduct_types = ["web-hosting"]\n')
    put(root, "20-invoice/it.md", text("Scaricare una fattura", "1. Apri [il conto](article:10).\n2. Premi **PDF**.\n"))
    put(
        root, "20-invoice/en.md", text("Download an invoice", "1. Open [the account](article:10).\n2. Press **PDF**.\n")
    )
    for number in range(3, articles + 1):
        put(root, f"{number * 10}-more/article.toml", f'number = {number * 10}\ncategory = "money"\n')
        put(root, f"{number * 10}-more/en.md", text(f"More of it, part {number}", "Words.\n"))
    return root


def text(title: str, body: str, **front: str) -> str:
    """Return a text with its front matter, as an export writes it."""
    more = "".join(f'{key} = "{value}"\n' for key, value in front.items())
    return f'+++\ntitle = "{title}"\nsummary = "What this is about."\nupdated = 2026-03-01\n{more}+++\n\n{body}'


def put(root: Path, name: str, content: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def load(root: Path, **how: bool) -> Summary:
    """Import what stands below `root`."""
    return importing.load(reading.read(root), product_names=NAMES, actor=SYSTEM, at=MORNING, **how)
