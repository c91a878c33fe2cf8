"""Reading documents as others do: their text, and the codes that a camera sees on their pages."""

from __future__ import annotations

import io

import pypdf
import pypdfium2
import zxingcpp

_DOTS_PER_POINT = 2.5  # 180 dots an inch: a mediocre scan


def text_of(pdf: bytes) -> str:
    """Return the text of all pages."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\u200b", "")


def codes_in(pdf: bytes) -> list[list[str]]:
    """Return what stands in the QR codes on the rendered pages, line by line."""
    found = []
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            picture = page.render(scale=_DOTS_PER_POINT, grayscale=True)
            grey = memoryview(picture.buffer).cast("B", shape=[picture.height, picture.stride])
            found += [code.text.splitlines() for code in zxingcpp.read_barcodes(grey)]
    finally:
        document.close()
    return found
