from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import connections

from plancia.kernel import transaction
from plancia.notices import jobs, outgoing
from plancia.notices.composing import Mail
from plancia.notices.models import Message
from tests.people import MORNING


def write(*mails: Mail) -> list[Message]:
    """Write mails down as the web does, and return them as the worker sees them."""
    outgoing.write_down(mails, at=MORNING)
    return messages()


def messages() -> list[Message]:
    with transaction.as_staff():
        return list(Message.objects.order_by("pk"))


def deferred() -> list[tuple[str, str]]:
    with transaction.as_staff(), transaction.connection().cursor() as cursor:
        cursor.execute("select task_name, args from procrastinate_jobs order by id")
        return cursor.fetchall()


A_MAIL = Mail(recipient="ada@example.com", subject="Über 500 € – grüezi", text="Ciao", html="<p>Ciao</p>")


def test_a_mail_is_written_with_the_job_that_sends_it(db, mailbox):
    (message,) = write(A_MAIL)

    ((name, arguments),) = deferred()
    assert (name, json.loads(arguments)) == ("notices.send", {"message": str(message.pk)})


def test_a_mail_disappears_with_the_change_that_was_undone(db, mailbox):
    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction.atomic():
        outgoing.write_down([A_MAIL], at=MORNING)
        raise Undone

    assert (messages(), deferred()) == ([], [])


def test_without_a_server_mails_are_kept_and_never_sent(db, settings):
    settings.MAIL_URL = ""
    write(A_MAIL)

    sent = outgoing.send_due(at=MORNING + timedelta(days=1))

    assert sent == 0
    assert deferred() == []
    assert messages()[0].sent_at is None


def test_the_web_may_write_mails_and_read_none(db):
    write(A_MAIL)

    assert not Message.objects.exists()


def test_djangos_own_functions_write_a_message_for_each_recipient(db, settings):
    # The test runner puts its own in place of ours.
    settings.EMAIL_BACKEND = "plancia.notices.outgoing.WrittenDownBackend"
    send_mail("Hello", "Text", None, ["ada@example.com", "ben@example.com"])
    email = EmailMultiAlternatives("Both", "Text", None, ["eva@example.com"])
    email.attach_alternative("<p>HTML</p>", "text/html")
    email.send()

    assert [(message.recipients, message.html) for message in messages()] == [
        (["ada@example.com"], ""),
        (["ben@example.com"], ""),
        (["eva@example.com"], "<p>HTML</p>"),
    ]


def test_what_was_told_is_not_told_again(db, mailbox):
    mail = Mail(recipient="ada@example.com", subject="Once", text="x", reference="welcome:org_1:ada@example.com")

    write(mail)
    write(mail)

    assert len(messages()) == 1


def test_a_mail_arrives_whole(db, mailbox):
    (message,) = write(A_MAIL)

    sent = outgoing.send(message.pk, at=MORNING)

    (taken,) = mailbox.taken
    assert sent == 1
    assert taken["Subject"] == "Über 500 € – grüezi"
    assert taken["To"] == "ada@example.com"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken["Message-ID"] == f"<{message.public_id}@localhost>"
    assert taken.get_body(("plain",)).get_content().strip() == "Ciao"
    assert taken.get_body(("html",)).get_content().strip() == "<p>Ciao</p>"
    assert messages()[0].sent_at == MORNING


def test_a_mail_is_sent_once(db, mailbox):
    (message,) = write(A_MAIL)

    outgoing.send(message.pk, at=MORNING)
    again = outgoing.send(message.pk, at=MORNING) + outgoing.send_due(at=MORNING + timedelta(days=1))

    assert again == 0
    assert len(mailbox.taken) == 1


def test_the_worker_sends_what_the_web_wrote(db, mailbox):
    (message,) = write(A_MAIL)

    jobs.send(str(message.pk))

    assert len(mailbox.taken) == 1


def test_eight_workers_send_each_mail_once(db, mailbox):
    write(*[Mail(recipient=f"p{number}@example.com", subject="x", text="x") for number in range(40)])
    together = threading.Barrier(8)
    sent: list[int] = []

    def work() -> None:
        together.wait()
        sent.append(outgoing.send_due(at=MORNING, limit=3))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sent) == 40
    assert sorted(taken["To"] for taken in mailbox.taken) == sorted(f"p{number}@example.com" for number in range(40))


def test_a_recipient_who_does_not_exist_is_given_up_and_keeps_nobody_waiting(db, mailbox):
    mailbox.refused["gone@example.com"] = "550 No such user"
    write(Mail(recipient="gone@example.com", subject="x", text="x"), A_MAIL)

    outgoing.send_due(at=MORNING)

    gone, ada = messages()
    assert (gone.sent_at, gone.due_at) == (None, None)
    assert "No such user" in gone.last_error
    assert ada.sent_at == MORNING


def test_a_recipient_who_is_busy_is_tried_later(db, mailbox):
    mailbox.refused["ada@example.com"] = "450 Mailbox busy"
    write(A_MAIL)
    outgoing.send_due(at=MORNING)
    mailbox.refused.clear()

    early = outgoing.send_due(at=MORNING + timedelta(seconds=59))
    late = outgoing.send_due(at=MORNING + timedelta(seconds=60))

    assert (early, late) == (0, 1)


def test_a_message_that_the_server_will_not_have_is_given_up(db, mailbox):
    mailbox.answer_to_data = "554 This is spam"
    write(A_MAIL)

    outgoing.send_due(at=MORNING)

    assert messages()[0].due_at is None
    assert "spam" in messages()[0].last_error


def test_a_server_that_is_down_loses_nothing(db, mailbox):
    mailbox.stop()
    write(A_MAIL, Mail(recipient="ben@example.com", subject="x", text="x"))

    down = outgoing.send_due(at=MORNING)
    assert down == 0
    assert {message.due_at for message in messages()} == {MORNING + timedelta(minutes=1)}
    mailbox.start()
    up = outgoing.send_due(at=MORNING + timedelta(minutes=1))

    assert up == 2
    assert len(mailbox.taken) == 2


def test_after_three_days_it_is_enough(db, mailbox):
    mailbox.stop()
    write(A_MAIL)
    at = MORNING

    while (message := messages()[0]).due_at is not None:
        at = message.due_at
        outgoing.send_due(at=at)

    assert message.attempts == outgoing.ATTEMPTS
    assert timedelta(days=2) < at - MORNING < timedelta(days=5)
    assert "Refused" in message.last_error


def test_who_is_killed_between_sending_and_marking_sends_again_under_the_same_id(db, mailbox):
    """At least once, then: of the two evils, a mail that came twice is the lesser."""
    (message,) = write(A_MAIL)
    outgoing.send(message.pk, at=MORNING)
    # As it is after a kill: claimed, taken by the server, and not marked.
    with transaction.as_staff():
        Message.objects.update(sent_at=None, due_at=MORNING + outgoing.CLAIM)

    while_claimed = outgoing.send_due(at=MORNING + outgoing.CLAIM - timedelta(seconds=1))
    afterwards = outgoing.send_due(at=MORNING + outgoing.CLAIM)

    assert (while_claimed, afterwards) == (0, 1)
    assert mailbox.taken[0]["Message-ID"] == mailbox.taken[1]["Message-ID"]


def test_a_server_that_was_asked_for_tls_and_has_none_gets_nothing(db, mailbox, settings):
    settings.MAIL_URL = f"{mailbox.url}?tls=1"
    write(A_MAIL)

    sent = outgoing.send_due(at=MORNING)

    assert sent == 0
    assert mailbox.taken == []
    assert "STARTTLS" in messages()[0].last_error


def test_a_server_that_does_not_know_us_gets_nothing(db, mailbox, settings):
    settings.MAIL_URL = f"smtp://plancia:s%40cret@127.0.0.1:{mailbox.port}"
    write(A_MAIL)

    sent = outgoing.send_due(at=MORNING)

    assert sent == 0
    assert "s@cret" not in messages()[0].last_error


@pytest.mark.parametrize(
    ("url", "host", "port", "username", "password", "is_ssl", "is_upgraded"),
    [
        ("smtp://relay", "relay", 25, "", "", False, False),
        ("smtp://us%40er:p%3Ass@mail.example:587?tls=1", "mail.example", 587, "us@er", "p:ss", False, True),
        ("smtps://user:pass@mail.example", "mail.example", 465, "user", "pass", True, False),
    ],
)
def test_the_server_is_named_by_an_address(url, host, port, username, password, is_ssl, is_upgraded):
    server = outgoing.Server.named(url)

    assert (server.host, server.port, server.username, server.password) == (host, port, username, password)
    assert (server.is_ssl, server.is_upgraded) == (is_ssl, is_upgraded)


def test_pauses_grow_and_stop_growing():
    pauses = [outgoing.pause_after(attempts) for attempts in range(1, 40)]

    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == outgoing.LONGEST_PAUSE
