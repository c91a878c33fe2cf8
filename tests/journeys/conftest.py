"""A provider that a journey has to itself, or shares, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Real processes on a data directory of their own."""
    provider = Provider()
    try:
        provider.start()
        yield provider
    finally:
        provider.stop()


@pytest.fixture(scope="module")
def shared_provider() -> Iterator[Provider]:
    """One for the journeys of a file that disturb nobody: each brings customers of its own, and none is killed."""
    provider = Provider()
    try:
        provider.start()
        yield provider
    finally:
        provider.stop()


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Browser:
    """A real Chromium."""
    return chromium
