"""The bundled sample: one product type a file, for the demo, the tests, and as a start for a provider's own."""

from __future__ import annotations

from pathlib import Path


def directory() -> Path:
    """Return the directory that holds the sample's files."""
    return Path(__file__).parent
