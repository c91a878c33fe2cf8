"""Pictures: how wide and high one is, told by how its file begins, so that a page keeps its place."""

from __future__ import annotations

#: So much of a file tells it.
BEGINNING_BYTES = 32


def size(beginning: bytes) -> tuple[int, int] | None:
    """
    Return the width and height of a PNG, GIF or WebP; None of anything else.

    Source: RFC 2083 §4.1.1 (PNG), GIF89a §18, RFC 9649 §2.5–2.7 (WebP).
    """
    if beginning.startswith(b"\x89PNG") and len(beginning) >= 24:
        return int.from_bytes(beginning[16:20]), int.from_bytes(beginning[20:24])
    if beginning.startswith(b"GIF8") and len(beginning) >= 10:
        return int.from_bytes(beginning[6:8], "little"), int.from_bytes(beginning[8:10], "little")
    if beginning[8:12] == b"WEBP" and len(beginning) >= 30:
        return _of_webp(beginning)
    return None


def _of_webp(beginning: bytes) -> tuple[int, int] | None:
    match beginning[12:16]:
        case b"VP8 ":
            wide, high = (int.from_bytes(beginning[place : place + 2], "little") & 0x3FFF for place in (26, 28))
            return wide, high
        case b"VP8L":
            bits = int.from_bytes(beginning[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            wide, high = (int.from_bytes(beginning[place : place + 3], "little") + 1 for place in (24, 27))
            return wide, high
    return None
