from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from plancia.catalog import importing, queries, reading, sample
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from tests.catalog import files

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def sold(db):
    importing.load(reading.read(sample.directory()), actor=SYSTEM, at=MARCH)


def test_the_menu_has_every_category_and_type_in_order(sold):
    menu = queries.navigation()

    assert [row.code for row in menu] == [
        "web-domains",
        "email",
        "collaboration",
        "cloud",
        "streaming",
        "marketing",
        "security",
    ]
    assert [row.code for row in menu[0].types] == ["domain-name", "web-hosting", "site-builder"]


def test_the_menu_follows_the_language_without_being_read_again(sold):
    queries.navigation()

    with translation.override("de"):
        german = queries.navigation()[0].types[0].name
    with translation.override("fr"):
        french = queries.navigation()[0].types[0].name

    assert (german, french) == ("Domainname", "Nom de domaine")


def test_the_menu_costs_one_query_while_the_catalogue_stays(sold):
    queries.navigation()

    with CaptureQueriesContext(transaction.connection()) as asked:
        queries.navigation()

    assert len(asked) == 1


def test_an_import_is_seen_at_once(db, tmp_path):
    importing.load(files.small(tmp_path), actor=SYSTEM, at=MARCH)
    queries.navigation()
    renamed = files.HOSTING.replace("Hosting en", "Room")

    importing.load(files.small(tmp_path, hosting=renamed), actor=SYSTEM, at=MARCH)

    assert queries.navigation()[0].types[0].name == "Room"


def test_an_empty_catalogue_has_an_empty_menu(db):
    assert queries.navigation() == []
    assert queries.version() == 0


def test_a_withdrawn_type_leaves_the_menu_of_the_shop_but_can_be_asked_for(db, tmp_path):
    importing.load(files.small(tmp_path), actor=SYSTEM, at=MARCH)
    (tmp_path / "mail.toml").unlink()
    importing.load(reading.read(tmp_path, drivers={"rehearsal"}), actor=SYSTEM, at=MARCH)

    assert [kind.code for row in queries.navigation() for kind in row.types] == ["hosting"]
    assert [kind.code for row in queries.navigation(with_withdrawn=True) for kind in row.types] == ["hosting", "mail"]


def test_prices_come_by_plan_and_term(sold):
    plans = queries.plans_of("vps")

    with CaptureQueriesContext(transaction.connection()) as asked:
        prices = queries.prices_in_force(plans, currency="EUR", at=MARCH)

    assert len(asked) == 1
    assert [(price.plan_id, price.months) for price in prices] == [
        (plan.pk, months) for plan in plans for months in (1, 3, 12, 24, 36)
    ]


def test_a_price_is_in_force_from_its_first_instant_to_before_its_last(db, tmp_path):
    april = datetime(2026, 4, 1, tzinfo=UTC)
    importing.load(files.small(tmp_path), actor=SYSTEM, at=MARCH)
    changed = files.HOSTING.replace('"69.00"', '"75.00"')
    importing.load(files.small(tmp_path, hosting=changed), actor=SYSTEM, at=april)
    plan = queries.plan("pro")

    def minor(at):
        price = queries.price_in_force(plan, currency="CHF", months=12, at=at)
        return price and price.amount_minor

    moment = timedelta(microseconds=1)
    assert [minor(at) for at in (MARCH - moment, MARCH, april - moment, april)] == [None, 6900, 6900, 7500]


def test_the_lowest_monthly_price_is_that_of_the_longest_term(sold):
    plan = queries.plan("web-hosting-start")

    lowest = queries.lowest_monthly(queries.prices_in_force([plan], currency="CHF", at=MARCH))

    assert lowest.months == 36
    assert queries.lowest_monthly([]) is None


def test_what_is_not_there_is_none(sold):
    assert queries.product_type("nothing") is None
    assert queries.plan("nothing") is None
    assert queries.plans_of("nothing") == []


def test_a_plans_title_says_what_it_is_a_plan_of(sold):
    with translation.override("it"):
        assert queries.plan("web-hosting-start").title == "Hosting web Start"
