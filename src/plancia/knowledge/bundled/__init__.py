"""The bundled help centre: an article a folder, about everything that customers do in the console."""

from __future__ import annotations

from pathlib import Path


def directory() -> Path:
    """Return the directory that holds the articles."""
    return Path(__file__).parent
