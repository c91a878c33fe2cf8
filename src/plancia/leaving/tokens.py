"""Tokens: what stands in the link of a mail. Whoever has it may act, once: the row that it names knows."""

from __future__ import annotations

from uuid import UUID

from django.core import signing

from plancia.kernel import ids
from plancia.kernel.rows import Row


def issue(row: Row) -> str:
    """Return the token that names `row`: always the same, and made by nobody else."""
    return signing.Signer(salt=_salt(type(row))).sign(row.public_id).replace(":", "~")


def read(kind: type[Row], token: str) -> UUID | None:
    """Return the key of the row that a token names; None, where it was not made by `issue` for this kind of row."""
    try:
        public_id = signing.Signer(salt=_salt(kind)).unsign(token.replace("~", ":"))
    except signing.BadSignature:
        return None
    return ids.parse(kind.prefix, public_id)


def _salt(kind: type[Row]) -> str:
    return f"plancia.leaving.{kind.prefix}"
