"""Attachments: which files may come with a message. What a file is, its first bytes say, and not its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from plancia.kernel.refusals import Refusal

MOST = 5
LARGEST_BYTES = 10_000_000

#: First bytes of what may come, and the type it is then served as. Nothing of it is run by a browser.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)


class AttachmentRefused(Refusal):
    """A file that is too large, one too many, or of a kind that is not taken."""

    code = "attachment_refused"
    sentence = _("“%(name)s” cannot be attached: up to five pictures, PDF, text or ZIP files of 10 MB each can.")
    field = "attached"


@dataclass(frozen=True, slots=True)
class File:
    """A file that was checked."""

    name: str
    content_type: str
    content: bytes


def check(files: Sequence[tuple[str, bytes]]) -> list[File]:
    """Return files as they are kept. Raises: AttachmentRefused."""
    for place, (name, content) in enumerate(files):
        if place >= MOST or not 0 < len(content) <= LARGEST_BYTES or _type(content) is None:
            raise AttachmentRefused(name=_shown(name))
    return [File(_shown(name), _type(content) or "", content) for name, content in files]


def _type(content: bytes) -> str | None:
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return "text/plain; charset=utf-8" if "\0" not in text else None


def _shown(name: str) -> str:
    kept = "".join(character for character in name if character.isprintable() and character not in '/\\"<>:|?*')
    return kept.strip(". ")[-200:] or "file"
