"""What the tests of the shop's pages do again and again: put into the cart, read forms, order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

SWISS_PERSON = {
    "kind": "person",
    "first_name": "Nina",
    "last_name": "Keller",
    "country": "CH",
    "street": "Seestrasse",
    "house_number": "1",
    "postcode": "8002",
    "city": "Zürich",
    "billing_email": "nina@new.example",
}


def put(client: Client, plan: str = "hosting-one", months: int | str = 12, **typed: object):
    """Put a plan into the cart, as the form of its page does."""
    return client.post("/shop/cart/lines/", {"plan": plan, "months": months, **typed})


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of checkout, as the browser would send them back."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name in ("for", "key", "shown_minor", "shown_currency")}


def answers(client: Client, *, payer: str = "", **typed: object) -> dict[str, object]:
    """Return what a customer sends who opens checkout and answers all: terms accepted, by transfer unless typed."""
    page = client.get("/shop/checkout/", {"for": payer} if payer else {}).content.decode()
    return {**hidden(page), "method": "transfer", "terms": "on", "step": "order", **typed}


def order(client: Client, **typed: object):
    """Press the button of checkout."""
    return client.post("/shop/checkout/", answers(client, **typed))


@contextmanager
def counted() -> Iterator[list[dict[str, str]]]:
    """Collect the statements that a page asks of the database, without those that open and close transactions."""
    asked: list[dict[str, str]] = []
    with CaptureQueriesContext(connections["default"]) as queries:
        yield asked
    asked += [
        query
        for query in queries.captured_queries
        if not re.match(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE|select set_config)", query["sql"], re.IGNORECASE)
    ]
