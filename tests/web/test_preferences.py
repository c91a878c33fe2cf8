from __future__ import annotations

import pytest
from django.test import Client

from plancia.accounts.models import User
from tests import people


def test_a_theme_is_remembered_without_a_script(db):
    client = Client()

    response = client.post("/theme/", {"theme": "dark", "next": "/kit/"})

    assert response.url == "/kit/"
    assert 'data-theme="dark"' in client.get("/kit/").content.decode()


def test_following_the_system_again_leaves_no_trace(db):
    client = Client()
    client.post("/theme/", {"theme": "dark"})

    client.post("/theme/", {"theme": "auto"})

    assert "data-theme" not in client.get("/kit/").content.decode()


@pytest.mark.parametrize("theme", ["", "neon", '"><script>'])
def test_a_theme_that_does_not_exist_changes_nothing(db, theme):
    client = Client()

    response = client.post("/theme/", {"theme": theme})

    assert "theme" not in response.cookies


def test_a_language_is_remembered_in_the_browser_and_with_the_user(db):
    ada = people.person("ada@aurora.example", language="en")
    client = Client()
    client.force_login(ada)

    client.post("/language/", {"language": "de", "next": "/kit/"})

    assert '<html lang="de"' in client.get("/kit/").content.decode()
    assert User.objects.get(pk=ada.pk).language == "de"


def test_a_language_we_do_not_speak_changes_nothing(db):
    response = Client().post("/language/", {"language": "tlh"})

    assert "language" not in response.cookies


@pytest.mark.parametrize("path", ["/theme/", "/language/"])
@pytest.mark.parametrize(
    "following", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "http://[", "evil"]
)
def test_nobody_is_led_to_another_site(db, path, following):
    assert Client().post(path, {"next": following}).url == "/"


@pytest.mark.parametrize("path", ["/theme/", "/language/"])
def test_choosing_takes_a_post(db, path):
    assert Client().get(path).status_code == 405
