"""Reading TOML tables: each key is taken once, and what is wrong is collected instead of stopping at it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from plancia.catalog.catalogue import CatalogError

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Table:
    """
    One table of a file, at `path`.

    Every reader returns a value of its type even where the file is wrong; the mistake is in `errors`, which the
    tables of one catalogue share, and the caller gives the result up when there is any.
    """

    def __init__(self, content: Mapping[str, Any], *, file: str, path: str, errors: list[CatalogError]) -> None:
        self.content, self.file, self.path, self.errors = content, file, path, errors
        self._taken: set[str] = set()

    def refuse(self, key: str, reason: str) -> None:
        """Note that what stands at `key` is wrong."""
        self.errors.append(CatalogError(self.file, f"{self.path}.{key}".strip("."), reason))

    def has(self, key: str) -> bool:
        """Say whether the file has `key`."""
        return key in self.content

    def text(self, key: str, *, default: str | None = None, max_length: int = 200) -> str:
        """Return the text at `key`; it is required, unless there is a default."""
        if key not in self.content and default is not None:
            self._taken.add(key)
            return default
        value = self._take(key)
        return self._checked(key, value, max_length) if value is not None else ""

    def code(self, key: str) -> str:
        """Return the code at `key`: lower-case letters, digits and hyphens."""
        code = self.text(key, max_length=50)
        if code:
            self.check_code(key, code)
        return code

    def check_code(self, key: str, code: str) -> None:
        """Note where `code`, standing at `key`, is no code."""
        if not _SLUG.fullmatch(code) or len(code) > 50:
            self.refuse(key, _("is no code: use up to 50 lower-case letters, digits and single hyphens"))

    def number(self, key: str, *, minimum: int, maximum: int, default: int | None = None) -> int:
        """Return the whole number at `key`."""
        if key not in self.content and default is not None:
            self._taken.add(key)
            return default
        value = self._take(key)
        if value is None:
            return minimum
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(key, _("must be a whole number, without quotes"))
        elif not minimum <= value <= maximum:
            self.refuse(
                key, _("must be between %(minimum)d and %(maximum)d") % {"minimum": minimum, "maximum": maximum}
            )
        else:
            return value
        return minimum

    def flag(self, key: str, *, default: bool) -> bool:
        """Return the true or false at `key`."""
        self._taken.add(key)
        value = self.content.get(key, default)
        if not isinstance(value, bool):
            self.refuse(key, _("must be true or false, without quotes"))
            return default
        return value

    def texts(self, key: str, *, max_length: int, is_required: bool = True) -> dict[str, str]:
        """Return a text for every language of the console."""
        if not is_required and key not in self.content:
            return {}
        table = self.table(key)
        result = {language: table.text(language, max_length=max_length) for language, _name in settings.LANGUAGES}
        table.finish()
        return result

    def lists(self, key: str, *, max_length: int) -> dict[str, list[str]]:
        """Return a list of texts for every language of the console, equally long in all."""
        table = self.table(key)
        result: dict[str, list[str]] = {}
        for language, _name in settings.LANGUAGES:
            value = table._take(language)
            if value is None:
                continue
            if not isinstance(value, list) or not value:
                table.refuse(language, _("must be a list with one or more texts"))
                continue
            result[language] = [
                table._checked(f"{language}.{place}", text, max_length) for place, text in enumerate(value)
            ]
        if len({len(texts) for texts in result.values()}) > 1:
            counts = ", ".join(f"{language} {len(texts)}" for language, texts in result.items())
            self.refuse(
                key, _("must have the same number of texts in every language (now: %(counts)s)") % {"counts": counts}
            )
        table.finish()
        return result

    def plain(self, key: str) -> dict[str, object]:
        """Return the table at `key` as it is: texts, whole numbers, true, false, lists of these; empty if missing."""
        self._taken.add(key)
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, _("must be a table"))
            return {}
        for name, inner in value.items():
            members = inner if isinstance(inner, list) else [inner]
            if not all(isinstance(member, str | int) for member in members):
                self.refuse(f"{key}.{name}", _("must be a text, a whole number, true, false, or a list of these"))
        return value

    def table(self, key: str) -> Table:
        """Return the table at `key`; an empty one, and a mistake, where it is missing."""
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            self.refuse(key, _("must be a table"))
        missing = not isinstance(value, dict)
        # Where the whole table is missing that is the mistake, and not each of its keys too.
        return self._inner({} if missing else value, key, errors=[] if missing else self.errors)

    def tables(self, key: str) -> list[tuple[str, Table]]:
        """Return the tables inside the table at `key`, by their names, in the order of the file."""
        outer = self.table(key)
        result = []
        for name, value in outer.content.items():
            if isinstance(value, dict):
                result.append((name, outer._inner(value, name)))
            else:
                outer.refuse(name, _("must be a table"))
        if not result and isinstance(self.content.get(key), dict):
            self.refuse(key, _("has nothing in it"))
        return result

    def array(self, key: str, *, is_required: bool = False) -> list[Table]:
        """Return the list of tables at `key`, `[[key]]` in the file."""
        if not is_required and key not in self.content:
            self._taken.add(key)
            return []
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(member, dict) for member in value):
            self.refuse(key, _("must be a list of tables"))
            return []
        return [self._inner(member, f"{key}.{place}") for place, member in enumerate(value)]

    def finish(self) -> None:
        """Note every key that nobody took: most are misspelt."""
        for key in self.content:
            if key not in self._taken:
                near = difflib.get_close_matches(key, self._taken - set(self.content), n=1)
                self.refuse(
                    key,
                    _("is not known here; did you mean “%(near)s”?") % {"near": near[0]}
                    if near
                    else _("is not known here"),
                )

    def _inner(self, content: Mapping[str, Any], key: str, errors: list[CatalogError] | None = None) -> Table:
        path = f"{self.path}.{key}".strip(".")
        return Table(content, file=self.file, path=path, errors=self.errors if errors is None else errors)

    def _take(self, key: str) -> Any:
        self._taken.add(key)
        if key not in self.content:
            self.refuse(key, _("is missing"))
            return None
        return self.content[key]

    def _checked(self, key: str, value: object, max_length: int) -> str:
        if not isinstance(value, str):
            self.refuse(key, _("must be a text in quotes"))
        elif not value.strip():
            self.refuse(key, _("is empty"))
        elif len(value) > max_length:
            self.refuse(
                key,
                _("is too long: %(length)d characters, at most %(maximum)d")
                % {"length": len(value), "maximum": max_length},
            )
        elif any(unicodedata.category(letter) == "Cc" for letter in value):
            self.refuse(key, _("has line breaks or control characters"))
        else:
            return value.strip()
        return ""
