"""
Breaches: whether a password stands in a list of leaked ones, asked without telling the password.

We send the first five digits of its SHA-1 and get all endings that begin so; a server of that protocol is named by
`settings.BREACH_URL`. One that cannot be reached keeps nobody from choosing a password.
Source: the range protocol of Have I Been Pwned; k-anonymity, Li et al. 2019.
"""

from __future__ import annotations

import hashlib
import logging

import httpx2
from django.conf import settings

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 2


def is_leaked(password: str) -> bool:
    """Say whether the password is known to have leaked; False, too, where nobody can be asked."""
    if not settings.BREACH_URL:
        return False
    digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
    try:
        # Padding hides from whoever counts bytes which list was asked for.
        answer = httpx2.get(
            f"{settings.BREACH_URL}/range/{digest[:5]}", timeout=TIMEOUT_SECONDS, headers={"Add-Padding": "true"}
        )
        answer.raise_for_status()
    except httpx2.HTTPError as failure:
        logger.warning("the list of leaked passwords cannot be asked: %s", type(failure).__name__)
        return False
    counts = dict(line.strip().split(":", 1) for line in answer.text.splitlines() if ":" in line)
    return int(counts.get(digest[5:], "0")) > 0
