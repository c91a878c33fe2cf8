"""The browser of the tests: the machine's Chromium, told to keep to itself."""

from __future__ import annotations

import os

from playwright.sync_api import Browser, Playwright

_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """Start the Chromium that `make test` found, or the machine's own."""
    return playwright.chromium.launch(
        executable_path=os.environ.get("PLANCIA_CHROMIUM", "/usr/bin/chromium"), args=list(_QUIET)
    )
