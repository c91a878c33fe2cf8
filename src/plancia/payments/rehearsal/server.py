"""The server: a page to pay on, a page of the card holder's bank, and what follows from each choice."""

from __future__ import annotations

import json
import logging
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from plancia.payments.rehearsal import cards, pages
from plancia.payments.rehearsal.messages import Message, Messenger, is_signed, new_reference, open_order

logger = logging.getLogger("rehearsal gateway")

LONGEST_BYTES = 20_000
#: How long the browser waits where the callback is to come first, and the callback where the browser is.
FIRST_SECONDS = 10
LATER_SECONDS = 3
SLOWEST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser gets: a page, or a place to go to."""

    status: HTTPStatus
    page: str = ""
    location: str = ""
    kind: str = "text/html; charset=utf-8"
    #: Where the page's forms may lead, besides here: browsers hold `form-action` against redirects too.
    leads_to: str = ""


class Server(ThreadingHTTPServer):
    """The gateway. It remembers what was paid, so that paying twice collects once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], *, secret: str) -> None:
        self.secret = secret
        self.messenger = Messenger(secret)
        self._paid: dict[str, str] = {}
        self._refunded: dict[str, str] = {}
        self._lock = threading.Lock()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def server_close(self) -> None:
        self.messenger.stop()
        super().server_close()

    @property
    def collected(self) -> list[str]:
        """The references of what was collected."""
        with self._lock:
            return list(self._paid.values())

    def is_paid(self, order: dict[str, Any]) -> bool:
        """Say whether the order was paid here."""
        with self._lock:
            return order.get("payment") in self._paid

    def collect(self, order: dict[str, Any]) -> str | None:
        """Return the reference of a collection for the order; None, where it has been collected before."""
        with self._lock:
            if order["payment"] in self._paid:
                return None
            self._paid[order["payment"]] = new_reference()
            return self._paid[order["payment"]]

    def charge(self, question: dict[str, Any]) -> dict[str, str]:
        """Charge a saved card for the merchant, once for a payment, and call back too, as gateways do."""
        code = cards.refusal(str(question["means"]))
        if code is None:
            return {"state": "failed", "code": "unknown_means"}
        if code:
            self.messenger.send(Message.about(question, "payment.failed", reference=new_reference(), code=code))
            return {"state": "failed", "code": code}
        with self._lock:
            reference = self._paid.setdefault(question["payment"], new_reference())
        self.messenger.send(Message.about(question, "payment.succeeded", reference=reference))
        return {"state": "succeeded", "reference": reference}

    def refund(self, question: dict[str, Any]) -> dict[str, str]:
        """Send money back, once for a refund. What was collected before the gateway was started is taken on trust."""
        with self._lock:
            reference = self._refunded.setdefault(question["refund"], new_reference())
        return {"state": "succeeded", "reference": reference}

    def choose(self, order: dict[str, Any], form: dict[str, str]) -> Answer:
        """Do what the customer chose, and send the browser on."""
        act = (_SAVING if "profile" in order else _CHOICES).get(form.get("choice", ""))
        if act is None:
            return Answer(HTTPStatus.BAD_REQUEST, pages.pay(order, form, is_missing_choice=True), leads_to=_home(order))
        if self.is_paid(order):
            return Answer(HTTPStatus.OK, pages.already_paid(order))
        return act(self, order, form)


def main(*, host: str, port: int, secret: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    with Server((host, port), secret=secret) as server:
        # shutdown() waits for serve_forever() to end, so it cannot be called from the thread that runs it.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=0.2)


def _pay(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    return _collect(server, order, lambda message: server.messenger.send(message))


def _pay_slowly(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    text = form.get("seconds", "")
    seconds = min(int(text), SLOWEST_SECONDS) if text.isascii() and text.isdigit() and len(text) < 6 else LATER_SECONDS
    return _collect(server, order, lambda message: server.messenger.send(message, after_seconds=seconds))


def _pay_twice(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    """The same message twice at once, and the same news once more under another name."""

    def tell(message: Message) -> None:
        for copy in (message, message, Message(message.url, message.body)):
            server.messenger.send(copy)

    return _collect(server, order, tell)


def _pay_then_return(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    return _collect(server, order, lambda message: server.messenger.send(message).join(FIRST_SECONDS))


def _return_then_pay(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    return _collect(server, order, lambda message: server.messenger.send(message, after_seconds=LATER_SECONDS))


def _collect(server: Server, order: dict[str, Any], tell: Callable[[Message], object]) -> Answer:
    reference = server.collect(order)
    if reference is None:
        return Answer(HTTPStatus.OK, pages.already_paid(order))
    means = cards.new("save") if order.get("is_keeping") else None
    tell(Message.about(order, "payment.succeeded", reference=reference, means=means))
    return _back(order)


def _decline(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    return _fail(server, order, "insufficient_funds")


def _refuse(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    return _fail(server, order, "not_authenticated")


def _fail(server: Server, order: dict[str, Any], code: str) -> Answer:
    message = Message.about(order, "payment.failed", reference=new_reference(), code=code)
    server.messenger.send(message).join(FIRST_SECONDS)
    return _back(order)


def _give_up(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    message = Message.about(order, "payment.cancelled", reference=new_reference(), code="given_up")
    server.messenger.send(message).join(FIRST_SECONDS)
    return _back(order)


def _ask_bank(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    return Answer(HTTPStatus.OK, pages.bank(order, form), leads_to=_home(order))


def _save(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    means = cards.new(form["choice"])
    message = Message.about(order, "profile.saved", reference=means["reference"], means=means)
    server.messenger.send(message).join(FIRST_SECONDS)
    return _back(order)


def _save_nothing(server: Server, order: dict[str, Any], form: dict[str, str]) -> Answer:
    message = Message.about(order, "profile.cancelled", reference=new_reference(), code="given_up")
    server.messenger.send(message).join(FIRST_SECONDS)
    return _back(order)


def _back(order: dict[str, Any]) -> Answer:
    return Answer(HTTPStatus.SEE_OTHER, location=order["return_url"])


def _home(order: dict[str, Any]) -> str:
    parts = urlsplit(order["return_url"])
    return f"{parts.scheme}://{parts.netloc}"


_CHOICES: dict[str, Callable[[Server, dict[str, Any], dict[str, str]], Answer]] = {
    "pay": _pay,
    "secure": _ask_bank,
    "confirm": _pay,
    "refuse": _refuse,
    "decline": _decline,
    "slow": _pay_slowly,
    "twice": _pay_twice,
    "before": _pay_then_return,
    "after": _return_then_pay,
    "give-up": _give_up,
}
_SAVING: dict[str, Callable[[Server, dict[str, Any], dict[str, str]], Answer]] = {
    **dict.fromkeys(cards.BEHAVIOURS, _save),
    "give-up": _save_nothing,
}


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "RehearsalGateway"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        match place.path:
            case "/":
                self._answer(Answer(HTTPStatus.OK, pages.front(self._language())))
            case "/healthz":
                self._answer(Answer(HTTPStatus.OK, "ok\n", kind="text/plain"))
            case "/style.css":
                self._answer(Answer(HTTPStatus.OK, pages.STYLE, kind="text/css; charset=utf-8"))
            case "/pay":
                self._serve(_fields(place.query), self._show)
            case _:
                self._answer(Answer(HTTPStatus.NOT_FOUND, pages.not_found(self._language())))

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > LONGEST_BYTES:
            self.close_connection = True
            self._answer(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, pages.not_ours(self._language())))
            return
        body = self.rfile.read(int(length))
        verb = {"/charge": self.server.charge, "/refund": self.server.refund}.get(urlsplit(self.path).path)
        if verb is not None:
            self._answer_merchant(body, verb)
            return
        form = _fields(body.decode(errors="replace"))
        if urlsplit(self.path).path != "/pay":
            self._answer(Answer(HTTPStatus.NOT_FOUND, pages.not_found(self._language())))
            return
        self._serve(form, self.server.choose)

    def log_message(self, format: str, *args: object) -> None:
        # The query holds the whole order; the path says enough.
        logger.info("%s %s", self.command, urlsplit(self.path).path)

    def _show(self, order: dict[str, Any], form: dict[str, str]) -> Answer:
        if self.server.is_paid(order):
            return Answer(HTTPStatus.OK, pages.already_paid(order))
        return Answer(HTTPStatus.OK, pages.pay(order, form), leads_to=_home(order))

    def _serve(self, form: dict[str, str], act: Callable[[dict[str, Any], dict[str, str]], Answer]) -> None:
        order = open_order(self.server.secret, form.get("order", ""), form.get("signature", ""))
        if order is None:
            self._answer(Answer(HTTPStatus.BAD_REQUEST, pages.not_ours(self._language())))
        else:
            self._answer(act(order, form))

    def _answer_merchant(self, body: bytes, act: Callable[[dict[str, Any]], dict[str, str]]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            is_ours = is_signed(self.server.secret, headers, body)
            said = act(json.loads(body)) if is_ours else {}
        except (ValueError, KeyError, TypeError):
            is_ours, said = False, {}
        status = HTTPStatus.OK if is_ours else HTTPStatus.BAD_REQUEST
        self._answer(Answer(status, json.dumps(said), kind="application/json"))

    def _answer(self, answer: Answer) -> None:
        body = answer.page.encode()
        self.send_response(answer.status)
        if answer.location:
            self.send_header("location", answer.location)
        self.send_header("content-type", answer.kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "no-store")
        self.send_header("referrer-policy", "no-referrer")
        self.send_header("x-content-type-options", "nosniff")
        self.send_header(
            "content-security-policy",
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {answer.leads_to}".rstrip(),
        )
        self.end_headers()
        self.wfile.write(body)

    def _language(self) -> str:
        return (self.headers.get("accept-language") or "en")[:2].lower()


def _fields(text: str) -> dict[str, str]:
    # The last: a button that is named like a choice stands after it.
    return {name: values[-1] for name, values in parse_qs(text, max_num_fields=20).items()}
