"""How styles and scripts reach the browser: one small file each, named by what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_CSS_IMPORT = re.compile(r'@import "(?P<file>[^"]+)" layer\((?P<layer>\w+)\);')
_JS_IMPORT = re.compile(r'^import "(?P<file>[^"]+)";$', re.MULTILINE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_JS_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)

Read = Callable[[str], str]


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped library
    """Puts what `plancia.css` and `plancia.js` import into them, before names are hashed and files compressed."""

    #: The tables of contents; the files they import are not served by themselves.
    BUNDLES = ("kit/plancia.css", "kit/plancia.js")

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Bundle, then let Django hash and WhiteNoise compress."""
        if not dry_run:
            for name in self.BUNDLES:
                if name in paths:
                    content = bundle(name, self._read)
                    self.delete(name)
                    self._save(name, ContentFile(content.encode()))
                    paths[name] = (self, name)  # Django hashes what this names: the bundle, not its source
        yield from super().post_process(paths, dry_run, **options)

    def _read(self, name: str) -> str:
        with self.open(name) as file:
            return str(file.read().decode())


def bundle(name: str, read: Read) -> str:
    """Return the file `name` with what it imports in place of its imports, made small. `read` gives a file's text."""
    folder = PurePosixPath(name).parent
    if name.endswith(".css"):
        text = _CSS_IMPORT.sub(
            lambda found: f"@layer {found['layer']} {{\n{read(str(folder / found['file']))}\n}}", read(name)
        )
        return small_css(text)
    text = _JS_IMPORT.sub(lambda found: read(str(folder / found["file"])), read(name))
    return (
        re.sub(r"\n\s*\n+", "\n", re.sub(r"^[ \t]+", "", _JS_COMMENT.sub("", text), flags=re.MULTILINE)).strip() + "\n"
    )


def small_css(text: str) -> str:
    """Return `text` without comments and idle space. Space inside strings and between values stays."""
    text = _CSS_COMMENT.sub("", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([{};,])\s*", r"\1", text)
    return re.sub(r";}", "}", re.sub(r": ", ":", text)).strip() + "\n"
