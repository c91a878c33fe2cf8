from __future__ import annotations

import pytest
from django.test import Client

from plancia.kernel import clock, transaction
from plancia.notices.models import Message


@pytest.fixture
def message(db) -> Message:
    with transaction.as_staff():
        return Message.objects.create(
            sender="console@alpina.example",
            recipients=["ada@aurora.example"],
            subject="Your code <b>",
            text="Open https://console.example/x and <script>alert(1)</script>",
            written_at=clock.now(),
        )


def test_the_demo_shows_the_mail_it_kept(message, settings):
    settings.IS_DEMO = True

    page = Client().get("/mail/").content.decode()
    letter = Client().get(f"/mail/{message.public_id}/").content.decode()

    assert "Your code &lt;b&gt;" in page
    assert 'href="https://console.example/x"' in letter and "<script>alert" not in letter


def test_a_real_installation_shows_no_mail(message, settings):
    settings.IS_DEMO = False

    assert Client().get("/mail/").status_code == 404
    assert Client().get(f"/mail/{message.public_id}/").status_code == 404


def test_mail_that_does_not_exist_is_not_found(db, settings):
    settings.IS_DEMO = True

    assert Client().get("/mail/msg_nonsense/").status_code == 404
