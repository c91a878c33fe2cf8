from __future__ import annotations

import re

import pytest
from allauth.idp.oidc.models import Client as App
from django.db.utils import ProgrammingError
from django.test import Client

from tests import people

NEW = "/staff/apps/new/"


@pytest.fixture
def nora(db) -> Client:
    client = Client()
    client.force_login(people.person("nora@provider.example", is_staff=True, language="en", staff_roles=["admin"]))
    return client


def test_staff_register_change_and_remove_an_app(nora):
    response = nora.post(NEW, {"name": "Webmail", "redirect_uris": "https://mail.example/callback"})
    place = response.headers["Location"]
    page = nora.get(place).content.decode()
    (secret,) = re.findall(r'<p class="mono break">([\w-]{43})</p>', page)
    assert App.objects.get().check_secret(secret)
    assert secret not in nora.get(place).content.decode()

    changed = {"name": "Mail", "redirect_uris": "https://mail.example/callback\nhttps://m.example/callback"}
    assert nora.post(place, changed).status_code == 302
    assert App.objects.get().get_redirect_uris() == ["https://mail.example/callback", "https://m.example/callback"]
    nora.post(f"{place}secret/")
    assert not App.objects.get().check_secret(secret)
    assert "Mail" in nora.get("/staff/apps/").content.decode()

    nora.post(f"{place}removal/")
    assert not App.objects.exists()


def test_what_was_typed_stays_where_an_address_is_refused(nora):
    response = nora.post(NEW, {"name": "Webmail", "redirect_uris": "http://mail.example/callback"})

    assert response.status_code == 422
    assert "cannot be used" in response.content.decode() and "http://mail.example/callback" in response.content.decode()
    assert "at least one address" in nora.post(NEW, {"name": "Webmail"}).content.decode()


def test_the_web_registers_no_app(db):
    with pytest.raises(ProgrammingError, match="permission denied"):
        App.objects.create(name="Evil", redirect_uris="https://evil.example/")
