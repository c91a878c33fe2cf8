from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from plancia.kernel import transaction
from plancia.notices.models import Message


@pytest.fixture(autouse=True)
def pages(db, settings) -> None:
    settings.ROOT_URLCONF = "tests.web.guarded_urls"


@pytest.fixture
def mails() -> Callable[[str], list[Message]]:
    """The mails that were written to an address, the oldest first."""

    def to(address: str) -> list[Message]:
        with transaction.as_staff():
            return [
                message for message in Message.objects.order_by("written_at", "pk") if address in message.recipients
            ]

    return to


@pytest.fixture
def code_for(mails) -> Callable[[str], str]:
    """The newest code that was sent to an address."""

    def code(address: str) -> str:
        found = re.search(r"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", mails(address)[-1].text)
        assert found, mails(address)[-1].text
        return found.group(1)

    return code
