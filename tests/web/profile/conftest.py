from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from django.test import Client

from plancia.accounts.models import User
from tests.people import PASSWORD, person
from tests.web.accounts.conftest import mails  # noqa: F401  (a fixture)


@pytest.fixture
def ada(db) -> User:
    return person("ada@example.com", "Ada", "Rossi", language="en")


@pytest.fixture
def client(ada) -> Client:
    """Ada's browser, signed in by the page."""
    return sign_in(ada.email)


def sign_in(email: str, password: str = PASSWORD, client: Client | None = None) -> Client:
    client = client or Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Gecko Firefox/130.0"})
    response = client.post("/account/sign-in/", {"login": email, "password": password})
    assert response.status_code == 302, response.content.decode()
    return client


@pytest.fixture
def link(mails) -> Callable[[str], str]:  # noqa: F811
    """The path of the newest link that was sent to an address."""

    def newest(address: str, containing: str = "/profile/") -> str:
        pattern = rf"{re.escape(django_settings.BASE_URL)}(\S*{containing}\S+)"
        found = [match for mail in mails(address) for match in re.findall(pattern, mail.text)]
        assert found, [mail.subject for mail in mails(address)]
        return found[-1]

    return newest
