"""The rehearsal gateway, met as a browser and a merchant meet it: over HTTP."""

from __future__ import annotations

import http.client
import json
import queue
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import override_settings

from plancia.kernel import clock, ids
from plancia.payments.gateways import rehearsal as ours
from plancia.payments.gateways.protocol import Notification, Told
from plancia.payments.models import Payment
from plancia.payments.rehearsal import Server, messages
from plancia.payments.rehearsal.words import WORDS

SECRET = "a secret of two"


class Merchant(ThreadingHTTPServer):
    """Takes callbacks, checks them as we do, and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.told: queue.Queue[Notification] = queue.Queue()
        self.answers: list[int] = []
        super().__init__(("127.0.0.1", 0), _Taker)


class _Taker(BaseHTTPRequestHandler):
    server: Merchant

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.told.put(ours.read_callback(headers, body, at=clock.now()))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with Merchant() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def gateway(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(messages, "WAITS_SECONDS", (0.01,))
    monkeypatch.setattr("plancia.payments.rehearsal.server.LATER_SECONDS", 0.01)
    with Server(("127.0.0.1", 0), secret=SECRET) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with override_settings(
            REHEARSAL_GATEWAY_URL=f"http://127.0.0.1:{server.server_port}",
            REHEARSAL_GATEWAY_SECRET=SECRET,
            BASE_URL=f"http://127.0.0.1:{merchant.server_port}",
        ):
            yield server
        server.shutdown()


@pytest.fixture
def payment() -> Payment:
    return Payment(
        organization_id=ids.new(),
        purpose="ord_1",
        method="card",
        amount_minor=4990,
        currency="EUR",
        gateway="rehearsal",
    )


RETURN = "https://console.example/o/x/orders/y/?a=1&b=2"


def request(gateway: Server, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, dict, str]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.server_port, timeout=10)
    connection.request(method, path, urlencode(form) if form is not None else None)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, page


def visit(gateway: Server, payment: Payment, language: str = "en") -> tuple[dict[str, str], str]:
    """Open the page to pay on; return what its form carries, and the page."""
    place = urlsplit(ours.checkout_url(payment, return_url=RETURN, language=language))
    status, _, page = request(gateway, "GET", f"{place.path}?{place.query}")
    assert status == 200
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)), page


def choose(gateway: Server, payment: Payment, choice: str, **more: str) -> tuple[int, dict, str]:
    form, _ = visit(gateway, payment)
    return request(gateway, "POST", "/pay", form | {"choice": choice} | more)


def news(merchant: Merchant) -> Notification:
    return merchant.told.get(timeout=10)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_page_says_what_is_paid_to_whom_in_the_customers_language(gateway, payment, language):
    _, page = visit(gateway, payment, language)

    assert f'<html lang="{language}">' in page
    assert WORDS[language]["give_up"] in page
    assert "Alpina Hosting SA" in page
    assert ("EUR 49.90" if language == "en" else "49,90 EUR") in page


def test_every_language_has_every_word():
    assert [language for language, words in WORDS.items() if words.keys() != WORDS["en"].keys()] == []


@pytest.mark.parametrize("choice", ["pay", "confirm", "slow", "before", "after"])
def test_paying_returns_the_customer_and_tells_the_merchant(gateway, merchant, payment, choice):
    status, headers, _ = choose(gateway, payment, choice, seconds="0")

    told = news(merchant)
    assert (status, headers["location"]) == (303, RETURN)
    assert (told.told, told.payment, told.amount) == (Told.SUCCEEDED, payment.public_id, payment.amount)
    assert told.reference.startswith("reh_")


def test_telling_several_times_repeats_the_message_and_the_news(gateway, merchant, payment):
    choose(gateway, payment, "twice")

    told = [news(merchant) for _ in range(3)]
    assert len({one.event for one in told}) == 2
    assert len({one.reference for one in told}) == 1


def test_before_means_that_the_merchant_knows_when_the_customer_returns(gateway, merchant, payment):
    choose(gateway, payment, "before")

    assert not merchant.told.empty()


@pytest.mark.parametrize(
    ("choice", "told", "code"),
    [
        ("decline", Told.FAILED, "insufficient_funds"),
        ("refuse", Told.FAILED, "not_authenticated"),
        ("give-up", Told.CANCELLED, "given_up"),
    ],
)
def test_money_that_does_not_come_is_told_with_its_reason(gateway, merchant, payment, choice, told, code):
    status, headers, _ = choose(gateway, payment, choice)

    heard = news(merchant)
    assert (heard.told, heard.code) == (told, code)
    assert (status, headers["location"]) == (303, RETURN)


def test_the_bank_asks_before_anything_is_told(gateway, merchant, payment):
    status, _, page = choose(gateway, payment, "secure")

    assert status == 200
    assert WORDS["en"]["bank_asks"] in page
    assert merchant.told.empty()


def test_giving_up_counts_although_a_choice_is_ticked(gateway, merchant, payment):
    form, _ = visit(gateway, payment)
    body = urlencode([*form.items(), ("choice", "pay"), ("choice", "give-up")])
    connection = http.client.HTTPConnection("127.0.0.1", gateway.server_port, timeout=10)
    connection.request("POST", "/pay", body)
    connection.getresponse().read()
    connection.close()

    assert news(merchant).told == Told.CANCELLED


def test_a_message_that_is_not_taken_is_sent_again_with_the_same_name(gateway, merchant, payment):
    merchant.answers = [500, 404, 302, 200]

    choose(gateway, payment, "pay")

    told = [news(merchant) for _ in range(4)]
    assert len({one.event for one in told}) == 1


def test_paying_twice_collects_once(gateway, merchant, payment):
    form, _ = visit(gateway, payment)
    pay = form | {"choice": "before"}
    request(gateway, "POST", "/pay", pay)

    status, _, page = request(gateway, "POST", "/pay", pay)

    assert (status, merchant.told.qsize()) == (200, 1)
    assert WORDS["en"]["paid"] in page
    assert WORDS["en"]["paid"] in visit(gateway, payment)[1]


def test_two_who_pay_at_once_collect_once(gateway, merchant, payment):
    form, _ = visit(gateway, payment)
    together, answers = threading.Barrier(8), []

    def pay() -> None:
        together.wait()
        answers.append(request(gateway, "POST", "/pay", form | {"choice": "before"})[0])

    threads = [threading.Thread(target=pay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200] * 7 + [303]
    assert merchant.told.qsize() == 1


def test_a_link_that_was_changed_is_refused(gateway, merchant, payment):
    form, _ = visit(gateway, payment)

    for changed in ({"order": form["order"][:-4] + "AAAA"}, {"signature": "é"}, {"order": ""}):
        status, _, page = request(gateway, "POST", "/pay", form | {"choice": "pay"} | changed)

        assert status == 400
        assert WORDS["en"]["not_ours"] in page
    assert merchant.told.empty()


def test_a_form_without_a_choice_is_shown_again(gateway, payment):
    form, _ = visit(gateway, payment)

    status, _, page = request(gateway, "POST", "/pay", form)

    assert status == 400
    assert WORDS["en"]["choose"] in page


def test_what_the_merchant_writes_is_text_and_no_markup(gateway, payment):
    payment.purpose = '<script>"&'

    _, page = visit(gateway, payment)

    assert "<script>" not in page
    assert "&lt;script&gt;&quot;&amp;" in page


def test_forms_may_lead_to_the_merchant_and_nowhere_else(gateway, payment):
    place = urlsplit(ours.checkout_url(payment, return_url=RETURN, language="en"))

    _, headers, _ = request(gateway, "GET", f"{place.path}?{place.query}")

    assert headers["content-security-policy"].endswith("form-action 'self' https://console.example")


def test_nobody_is_let_through_with_a_body_that_is_too_long(gateway):
    assert request(gateway, "POST", "/pay", {"order": "x" * 30_000})[0] == 413


def test_other_addresses_say_what_this_is(gateway):
    assert request(gateway, "GET", "/")[0] == 200
    assert request(gateway, "GET", "/healthz")[0] == 200
    assert request(gateway, "GET", "/style.css")[0] == 200
    assert request(gateway, "GET", "/nowhere")[0] == 404
    assert request(gateway, "POST", "/nowhere", {})[0] == 404


def test_it_knows_nothing_of_plancia():
    """A stranger: neither Django nor a module of ours but its own."""
    import subprocess
    import sys

    said = subprocess.run(
        [sys.executable, "-c", "import sys, json, plancia.payments.rehearsal; print(json.dumps(sorted(sys.modules)))"],
        check=True,
        capture_output=True,
        text=True,
    )

    known = [name for name in json.loads(said.stdout) if name.startswith(("django", "plancia."))]
    assert {name for name in known if not name.startswith("plancia.payments.rehearsal")} == {"plancia.payments"}
