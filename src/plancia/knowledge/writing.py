"""How an article is written into its files. Reading what was written gives the same article, and the same digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date

from plancia.knowledge.reading import FENCE
from plancia.knowledge.states import TextState


def text(*, title: str, summary: str, keywords: Sequence[str], updated_on: date, state: str, body: str) -> str:
    """Return the file of one language: front matter, and the body."""
    lines = [FENCE, f"title = {_toml(title)}", f"summary = {_toml(summary)}"]
    if keywords:
        lines.append(f"keywords = {_toml(list(keywords))}")
    lines.append(f"updated = {updated_on.isoformat()}")
    if state == TextState.DRAFT:
        lines.append(f"state = {_toml(str(state))}")
    return "\n".join([*lines, FENCE, "", body])


def article(values: Mapping[str, object]) -> str:
    """Return `article.toml`: what holds for all languages, without what is empty."""
    return "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value or key == "number")


def table(name: str, values: Mapping[str, object]) -> str:
    """Return one table of a TOML file."""
    return f"[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())


def groups(language: str, words: Sequence[Sequence[str]]) -> str:
    """Return one language's groups of words that mean the same."""
    return f"{language} = [\n" + "".join(f"    {_toml(list(group))},\n" for group in words) + "]\n"


def digest(content: str) -> str:
    """Return by what a file is known again."""
    return hashlib.sha256(content.encode()).hexdigest()


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    # JSON's strings, numbers and lists are TOML's too, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
