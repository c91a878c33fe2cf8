"""Mail that comes, by a real SMTP server on loopback."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest

from plancia.accounts.models import User
from plancia.kernel import transaction
from plancia.ops import mail_in
from plancia.organizations.models import Organization
from plancia.support import incoming
from plancia.support.incoming import MARK, Outcome, answer_in, receive, reply_address
from plancia.support.models import SupportAttachment, SupportMessage, SupportRequest
from tests import people
from tests.people import MORNING
from tests.support.world import ask


def mail(sender: str, text: str, *, mail_id: str = "<1@mail.example>", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "support@localhost", "Re: Slow site"
    message["Message-ID"] = mail_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def take(message: EmailMessage, to: str, *, sender: str = "x@y.example", at=MORNING) -> Outcome:
    return receive(message.as_bytes(), recipient=to, sender=sender, at=at)


@pytest.fixture
def asked(aurora: Organization, ada: User) -> SupportRequest:
    return ask(aurora, ada)


@pytest.fixture
def server(db: None) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = mail_in.server("127.0.0.1", port)
    controller.start()
    yield port
    controller.stop()


def test_a_reply_continues_the_request_over_real_smtp(server: int, asked: SupportRequest, ada: User) -> None:
    message = mail(f"Ada <{ada.email.upper()}>", f"It is fast now.\n\n{MARK}\nTo answer, reply …")
    message.add_attachment(b"%PDF-1.7 ...", maintype="application", subtype="pdf", filename="proof.pdf")
    message.add_attachment(b"MZ\x90\0", maintype="application", subtype="octet-stream", filename="run.exe")

    with smtplib.SMTP("127.0.0.1", server) as connection:
        connection.sendmail(ada.email, [reply_address(asked)], message.as_bytes())
        connection.sendmail(ada.email, [reply_address(asked)], message.as_bytes())
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            connection.sendmail(ada.email, ["somebody@else.example"], b"Hello")
        with pytest.raises(smtplib.SMTPDataError, match="sign in with"):
            stranger = mail("eve@evil.example", "Let me in", mail_id="<2@evil>")
            connection.sendmail("eve@evil.example", [reply_address(asked)], stranger.as_bytes())

    last = asked.messages.order_by("-pk").first()
    assert asked.messages.count() == 2
    assert last.text == "It is fast now.\n\n[– run.exe]"
    assert [one.name for one in SupportAttachment.objects.all()] == ["proof.pdf"]


def test_staff_answer_by_mail(asked: SupportRequest) -> None:
    nora = people.person("nora@provider.example", "Nora", is_staff=True)

    assert take(mail(nora.email, "Try again."), reply_address(asked)) is Outcome.CONTINUED

    asked.refresh_from_db()
    assert asked.state == "answered"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example>"},
        {"X_Autoreply": "yes"},
    ],
)
def test_machines_are_not_listened_to(asked: SupportRequest, ada: User, headers: dict[str, str]) -> None:
    assert take(mail(ada.email, "I am on holiday", **headers), reply_address(asked)) is Outcome.AUTOMATIC
    assert asked.messages.count() == 1


def test_what_is_sent_about_mail_and_by_ourselves_is_left(asked: SupportRequest, ada: User, settings) -> None:
    assert take(mail(ada.email, "Undelivered"), reply_address(asked), sender="") is Outcome.AUTOMATIC
    assert take(mail(settings.DEFAULT_FROM_EMAIL, "Loop"), reply_address(asked)) is Outcome.AUTOMATIC
    assert take(mail("MAILER-DAEMON@mx.example", "Failed"), reply_address(asked)) is Outcome.AUTOMATIC


def test_a_loop_is_cut(asked: SupportRequest, ada: User) -> None:
    outcomes = [
        take(mail(ada.email, f"ping {number}", mail_id=f"<{number}@loop>"), reply_address(asked))
        for number in range(incoming.MOST_AN_HOUR + 2)
    ]

    assert outcomes.count(Outcome.CONTINUED) == incoming.MOST_AN_HOUR
    assert outcomes[-1] is Outcome.LOOP
    later = mail(ada.email, "an hour later", mail_id="<later@loop>")
    assert take(later, reply_address(asked), at=MORNING + timedelta(hours=2)) is Outcome.CONTINUED


def test_an_address_that_we_did_not_make_names_no_request(asked: SupportRequest, ada: User) -> None:
    guessed = reply_address(asked).replace("-", "-0", 1)
    guessed = guessed[: guessed.index("@") - 1] + guessed[guessed.index("@") :]

    assert take(mail(ada.email, "Hello"), guessed) is Outcome.OPENED
    assert asked.messages.count() == 1


def test_a_member_of_another_organization_does_not_write_into_it(asked: SupportRequest) -> None:
    beat = people.person("beat@borea.example")
    people.borea(beat)

    assert take(mail(beat.email, "Me too"), reply_address(asked)) is Outcome.UNKNOWN_SENDER


def test_a_new_mail_of_a_member_opens_a_request_and_that_of_a_stranger_does_not(
    aurora: Organization, ada: User
) -> None:
    assert take(mail(ada.email, "How do I pay?"), "support@localhost") is Outcome.OPENED
    assert take(mail(ada.email, "How do I pay?"), "support@localhost") is Outcome.REPEATED
    assert take(mail("eve@evil.example", "Hi", mail_id="<3@x>"), "support@localhost") is Outcome.UNKNOWN_SENDER

    with transaction.as_staff():
        assert SupportRequest.objects.get().organization_id == aurora.pk
        assert SupportMessage.objects.get().text == "How do I pay?"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Yes.\n\nOn 2 March 2026 Nora wrote:\n> We look.\n", "Yes."),
        ("Sì.\n\nIl 2 marzo 2026 Nora ha scritto:\n> Guardiamo.", "Sì."),
        ("> quoted first\nMy answer\n-- \nAda, Aurora Srl", "My answer"),
        ("Plain\n\nwith lines", "Plain\n\nwith lines"),
        (f"Top{MARK}bottom", "Top"),
    ],
)
def test_what_is_quoted_is_no_part_of_an_answer(text: str, kept: str) -> None:
    assert answer_in(mail("a@b.example", text)) == kept


def test_html_alone_becomes_text() -> None:
    message = EmailMessage()
    message.set_content("<style>p{}</style><p>Hello<br>there</p><script>x()</script>", subtype="html")

    assert answer_in(message) == "Hello\nthere"


def test_a_mail_without_text_is_refused(asked: SupportRequest, ada: User) -> None:
    assert take(mail(ada.email, "\n"), reply_address(asked)) is Outcome.EMPTY
