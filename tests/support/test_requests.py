from __future__ import annotations

from datetime import timedelta

import pytest

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel.actors import SYSTEM
from plancia.kernel.states import MoveRefused
from plancia.notices.models import Message
from plancia.organizations.models import Organization
from plancia.support import access, attachments, conversations, requests
from plancia.support.access import AccessTooLong
from plancia.support.attachments import AttachmentRefused
from plancia.support.incoming import reply_address
from plancia.support.requests import NothingWritten
from tests import people
from tests.people import MORNING
from tests.support.world import actor, ask, tell

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def test_a_request_waits_for_staff_then_for_the_customer_until_it_is_closed(aurora: Organization, ada: User) -> None:
    nora = people.person("nora@provider.example", "Nora", is_staff=True)
    made = ask(aurora, ada, files=[("screen.png", PNG)])

    requests.write(request_id=made.pk, text="We look.", is_staff=True, actor=actor(nora), at=MORNING)
    answered = conversations.conversation(made.public_id)
    requests.close(request_id=made.pk, actor=actor(ada), at=MORNING)
    requests.write(request_id=made.pk, text="Again!", actor=actor(ada), at=MORNING)
    tell()

    assert answered and (answered.state, answered.assigned_name) == ("answered", "Nora Bianchi")
    written = list(Message.objects.filter(subject__contains=made.code).order_by("written_at", "pk"))
    again = conversations.conversation(made.public_id)
    assert again and again.state == "open"
    assert [one.text for one in again.messages] == ["The site is slow.", "We look.", "Again!"]
    assert [one.name for one in again.messages[0].attachments] == ["screen.png"]
    assert [(one.recipients, one.subject) for one in written] == [
        (["ada@aurora.example"], f"[{made.code}] Slow site"),
        (["ada@aurora.example"], f"[{made.code}] Slow site"),
        (["nora@provider.example"], f"[{made.code}] Slow site"),
    ]
    assert {one.reply_to for one in written} == {reply_address(made)}
    assert trail.check(aurora.pk) == []


def test_a_request_is_closed_once(aurora: Organization, ada: User) -> None:
    made = ask(aurora, ada)
    requests.close(request_id=made.pk, actor=SYSTEM, at=MORNING)

    with pytest.raises(MoveRefused):
        requests.close(request_id=made.pk, actor=SYSTEM, at=MORNING)


def test_a_message_says_something(aurora: Organization, ada: User) -> None:
    with pytest.raises(NothingWritten):
        ask(aurora, ada, text=" \n ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evil.png", b"<svg onload=alert(1)>\0"),
        ("program.exe", b"MZ\x90\0\3"),
        ("empty.txt", b""),
        ("huge.txt", b"x" * (attachments.LARGEST_BYTES + 1)),
    ],
)
def test_files_are_what_their_first_bytes_say(name: str, content: bytes) -> None:
    with pytest.raises(AttachmentRefused):
        attachments.check([(name, content)])


def test_files_are_few_and_their_names_harmless() -> None:
    kept = attachments.check([("../../etc/pass\0wd\r\n.txt", b"text"), ("a.png", PNG), ("html.html", b"<script>")])

    assert [(one.name, one.content_type) for one in kept] == [
        ("etcpasswd.txt", "text/plain; charset=utf-8"),
        ("a.png", "image/png"),
        ("html.html", "text/plain; charset=utf-8"),
    ]
    with pytest.raises(AttachmentRefused):
        attachments.check([("a.txt", b"a")] * 6)


def test_staff_are_let_in_for_a_while_and_no_longer_than_the_customer_likes(aurora: Organization, ada: User) -> None:
    access.grant(organization_id=aurora.pk, hours=24, actor=actor(ada), at=MORNING)

    assert access.current(aurora.pk, at=MORNING + timedelta(hours=23)) is not None
    assert access.current(aurora.pk, at=MORNING + timedelta(hours=24)) is None
    assert access.revoke(organization_id=aurora.pk, actor=actor(ada), at=MORNING + timedelta(hours=1)) == 1
    assert access.current(aurora.pk, at=MORNING + timedelta(hours=2)) is None
    with pytest.raises(AccessTooLong):
        access.grant(organization_id=aurora.pk, hours=10_000, actor=actor(ada), at=MORNING)


def test_codes_can_be_read_aloud() -> None:
    codes = {requests.new_code() for _ in range(500)}

    assert len(codes) == 500
    assert not set("".join(codes)) & set("01IO")
