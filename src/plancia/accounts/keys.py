"""Keys that people hold and we do not: links of mails, tokens, application passwords. We keep their hashes."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare


def new() -> str:
    """Return a key of 256 bits, fit for a link."""
    return secrets.token_urlsafe(32)


def hashed(key: str) -> str:
    """Return what is kept of a key. It is long and random, so that a quick hash is a good one."""
    return hashlib.sha256(key.encode()).hexdigest()


class KeyHasher(BasePasswordHasher):
    """
    For secrets of apps, which are random and asked for with every token: one round of SHA-256.

    What makes a password's hash slow guards what people choose; nobody guesses 256 bits.
    """

    algorithm = "key"

    def salt(self) -> str:
        """Need none: no two keys are the same."""
        return "-"

    def encode(self, password: str, salt: str) -> str:
        """Return what is kept."""
        return f"{self.algorithm}${hashed(password)}"

    def decode(self, encoded: str) -> dict[str, Any]:
        """Return the parts of what is kept."""
        algorithm, _dollar, hash_ = encoded.partition("$")
        return {"algorithm": algorithm, "hash": hash_}

    def verify(self, password: str, encoded: str) -> bool:
        """Say whether it is the key."""
        return constant_time_compare(encoded, self.encode(password, "-"))

    def must_update(self, encoded: str) -> bool:
        """Stay as it is."""
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Take no longer than it takes."""
