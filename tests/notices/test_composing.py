from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from plancia.notices import composing, handlers
from plancia.organizations.queries import Recipient
from plancia.web.accounts.adapter import MAILS

FOLDER = Path(handlers.__file__).parent / "templates/notices"
NAMES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
ADA = Recipient("ada@example.com", "Ada", "it")


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_is_a_folder_of_three_files_that_can_be_read(name: str):
    assert {file.name for file in (FOLDER / name).iterdir()} == {"subject.txt", "text.txt", "body.html"}
    for file in ("subject.txt", "text.txt", "body.html"):
        get_template(f"notices/{name}/{file}")


def test_every_folder_is_a_mail_that_somebody_writes():
    folder = Path(handlers.__file__).parent.parent
    source = "".join(file.read_text() for place in ("notices", "web") for file in (folder / place).rglob("*.py"))
    written = {name for name in NAMES if f'"{name}"' in source} | set(MAILS.values())

    assert written == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_asks_nothing_from_the_network(name: str):
    """No picture, script or sheet from elsewhere: nobody learns when it is read."""
    sources = (FOLDER / name / "body.html").read_text() + (FOLDER / "layout.html").read_text()

    assert not re.search(r"<img|<script|<link|url\(|@import|<style", sources)


def test_a_subject_is_one_line_whatever_is_in_it():
    mail = composing.compose("welcome", ADA, {"organization": "A\r\nBcc: x@evil.example", "url": "/"})

    assert "\n" not in mail.subject and "\r" not in mail.subject


def test_who_is_told_what_is_part_of_the_reference():
    mail = composing.compose("welcome", Recipient("Ada@Example.com", "Ada", "en"), {}, about="org_1")

    assert mail.reference == "welcome:org_1:ada@example.com"
