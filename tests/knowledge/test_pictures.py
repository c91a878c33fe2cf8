"""How wide and high a picture is, told by its first bytes."""

from __future__ import annotations

import pytest

from plancia.knowledge import pictures

WEBP = b"RIFF\x00\x00\x00\x00WEBP"


@pytest.mark.parametrize(
    ("beginning", "size"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x03\x20\x00\x00\x01\x90", (800, 400)),
        (b"GIF89a\x20\x03\x90\x01", (800, 400)),
        (WEBP + b"VP8 \x00\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x20\x03\x90\x01", (800, 400)),
        (WEBP + b"VP8L\x00\x00\x00\x00\x2f\x1f\xc3\x63\x00" + bytes(6), (800, 400)),
        (WEBP + b"VP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x1f\x03\x00\x8f\x01\x00", (800, 400)),
        (b"\x89PNG\r\n", None),
        (b"\xff\xd8\xff\xe0 a photograph, and no more than that", None),
        (WEBP + b"what", None),
    ],
)
def test_the_beginning_of_a_file_tells_its_size(beginning, size):
    assert pictures.size(beginning) == size
