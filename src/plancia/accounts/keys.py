"""Keys that people hold and we do not: links of mails, tokens, application passwords. We keep their hashes."""

from __future__ import annotations

import hashlib
import secrets


def new() -> str:
    """Return a key of 256 bits, fit for a link."""
    return secrets.token_urlsafe(32)


def hashed(key: str) -> str:
    """Return what is kept of a key. It is long and random, so that a quick hash is a good one."""
    return hashlib.sha256(key.encode()).hexdigest()
