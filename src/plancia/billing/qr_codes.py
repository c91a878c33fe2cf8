"""QR codes, as SVG. Source: ISO/IEC 18004."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

# Readers take any of the eight masks, and find in the code which one it is (ISO/IEC 18004, 7.8). Trying all of them to
# find the most even one takes four times as long as everything else.
_MASK = 3


def svg(text: str, *, margin: int = 0) -> str:
    """Return the code of a text, as one path of rows of dark modules. Units: `margin` in modules."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{start + margin},{y + margin}h{length}v1h-{length}z"
        for y, row in enumerate(rows)
        for start, length in _runs(row)
    )
    size = len(rows) + 2 * margin
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>'


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    place = 0
    for is_dark, modules in groupby(row):
        length = sum(1 for _ in modules)
        if is_dark:
            yield place, length
        place += length
