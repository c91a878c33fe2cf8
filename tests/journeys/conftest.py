"""A provider that a journey has to itself, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import chromium
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


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()
