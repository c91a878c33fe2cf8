"""A provider that a journey has to itself, or shares, and a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.provider import Provider, prepare


@pytest.fixture(scope="session")
def pattern(once: Callable[[str, Callable[[Path], None]], Path], template: str) -> Path:
    """The data directory that every provider starts with."""
    return once("provider", lambda home: prepare(home, template))


@pytest.fixture
def provider(pattern: Path) -> Iterator[Provider]:
    """Real processes on a data directory of their own."""
    provider = Provider(pattern)
    try:
        provider.start()
        yield provider
    finally:
        provider.stop()


@pytest.fixture(scope="module")
def shared_provider(pattern: Path) -> Iterator[Provider]:
    """One for the journeys of a file that disturb nobody: each brings customers of its own, and none is killed."""
    provider = Provider(pattern)
    try:
        provider.start()
        yield provider
    finally:
        provider.stop()


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    """A real Chromium."""
    return chromium
