"""Renewal pages over HTTP: one click, many at once, promises, the forecast and its calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plancia.accounts.models import User
from plancia.kernel import clock, transaction
from plancia.organizations.models import Organization
from plancia.subscriptions.models import PaymentPromise, RenewalPreference, Subscription
from tests import people
from tests.subscriptions import world
from tests.web.test_console import browser


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example", "Ada", "Rossi", language="en")


@pytest.fixture
def aurora(ada: User) -> Organization:
    return people.aurora(ada)


@pytest.fixture
def held(aurora: Organization) -> Subscription:
    """A year of hosting that ends in three weeks, and is offered."""
    now = clock.now()
    bought = world.buy(aurora, world.plan(), at=now - timedelta(days=344), name="aurora.it")
    world.offer(at=now)
    return bought


def home(organization: Organization) -> str:
    return f"/o/{organization.public_id}/"


def test_one_click_lets_a_product_renew_itself(ada: User, aurora: Organization, held: Subscription) -> None:
    client, page = browser(ada), f"{home(aurora)}products/{held.public_id}/"

    before = client.get(f"{page}renewal/").content.decode()
    client.post(f"{page}auto-renewal/", {"on": "1"})
    after = client.get(f"{page}renewal/").content.decode()

    assert "Nothing was tried yet." not in before
    assert "Nothing was tried yet." in after
    assert "Next attempt" in after
    assert "€120.78" in after
    assert world.fresh(held).is_renewing


def test_many_are_switched_at_once_and_strangers_are_not(ada: User, aurora: Organization, held: Subscription) -> None:
    other = world.buy(people.borea(people.person("b@b.example")), held.plan, at=clock.now(), name="b.ch")
    client = browser(ada)

    client.post(
        f"{home(aurora)}accounting/auto-renewal/choice/", {"pick": [held.public_id, other.public_id], "on": "1"}
    )
    client.post(f"{home(aurora)}accounting/auto-renewal/grouping/", {"grouping": "0"})

    assert world.fresh(held).is_renewing
    assert not world.fresh(other).is_renewing
    assert client.get(f"{home(aurora)}accounting/auto-renewal/").status_code == 200
    assert RenewalPreference.objects.using("staff").get().is_grouping is False


def test_a_promise_is_filed_once_and_shown(ada: User, aurora: Organization, held: Subscription) -> None:
    client = browser(ada)
    (invoice,) = world.open_invoices(aurora)
    page = f"{home(aurora)}accounting/invoices/{invoice.public_id}/promise/"

    wrong = client.post(page, {"promised_on": "1999-01-01"})
    right = client.post(page, {"promised_on": invoice.due_on.isoformat()})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "Until then nothing follows" in client.get(page).content.decode()
    assert PaymentPromise.objects.using("staff").count() == 1


def test_the_forecast_as_page_table_and_calendar(ada: User, aurora: Organization, held: Subscription) -> None:
    client, page = browser(ada), f"{home(aurora)}accounting/forecast/"
    client.post(f"{page}calendar/", {"share": "1"})
    with transaction.as_staff():
        key = RenewalPreference.objects.get().calendar_key

    shown = client.get(page).content.decode()
    table = client.get(f"{page}csv/").content.decode()
    calendar = Client().get(f"/calendar/{key}/renewals.ics").content.decode()

    assert '<svg class="chart"' in shown
    assert "aurora.it" in shown and "aurora.it" in table
    assert "99.00,EUR,no" in table
    assert "BEGIN:VEVENT" in calendar and "aurora.it" in calendar
    assert Client().get("/calendar/nothing/renewals.ics").status_code == 404
    client.post(f"{page}calendar/", {"share": "0"})
    assert Client().get(f"/calendar/{key}/renewals.ics").status_code == 404
