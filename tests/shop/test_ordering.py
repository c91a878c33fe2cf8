from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from plancia.audit import trail
from plancia.audit.models import Entry
from plancia.catalog.models import Price
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.outbox.models import Fact
from plancia.payments.methods import Method
from plancia.shop import ordering
from plancia.shop.models import Order
from plancia.shop.pricing import Wish
from plancia.subscriptions.models import Subscription
from tests.shop.world import ADA, NOON, place

TOTAL = Money(10_702, "CHF")


def test_an_order_is_written_at_the_prices_of_the_day(borea, plans):
    order = place(borea, Wish(plans["hosting"], 12), Wish(plans["domain"], 12, 1, {"domain": "aurora.ch"}))

    with transaction.as_staff():
        lines = list(order.lines.order_by("position"))
    assert (order.net_minor, order.tax_minor, order.total_minor, order.currency) == (11100, 899, 11999, "CHF")
    assert [line.description for line in lines] == ["Web hosting Pro", "Domain name .ch (aurora.ch)"]
    assert order.payment_reference.startswith("RF")
    assert order.expires_at == NOON + timedelta(days=30)
    assert order.buyer["name"] == "Borea AG"
    assert order.is_open


def test_a_later_price_changes_nothing(borea, plans):
    order = place(borea, Wish(plans["hosting"], 12))

    with transaction.as_staff():
        Price.objects.filter(plan=plans["hosting"]).update(valid_until=NOON)

    order = Order.objects.using("staff").get(pk=order.pk)
    assert order.net == Money(9900, "CHF")


def test_the_same_key_again_is_the_same_order(borea, plans):
    key = ids.new()

    first = place(borea, Wish(plans["hosting"], 12), key=key)
    second = place(borea, Wish(plans["hosting"], 12), Wish(plans["server"], 1), key=key)

    with transaction.as_staff():
        assert (second, Order.objects.count(), Fact.objects.filter(name="order.placed").count()) == (first, 1, 1)


def test_twenty_presses_at_once_are_one_order(borea, plans):
    key = ids.new()

    def press(_number: int) -> str:
        try:
            return place(borea, Wish(plans["hosting"], 12), key=key).public_id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        orders = set(pool.map(press, range(20)))

    with transaction.as_staff():
        assert orders == {order.public_id for order in Order.objects.all()}
        assert Order.objects.count() == 1


def test_a_total_that_is_not_the_one_shown_is_refused_with_the_new_one(borea, plans):
    with transaction.atomic():
        tenancy.enter(borea.pk)
        with pytest.raises(ordering.PriceChanged) as refused:
            _place(borea, plans, quoted_total=Money(100, "CHF"))

    assert refused.value.quote.total == Money(10702, "CHF")
    with transaction.as_staff():
        assert not Order.objects.exists()


def test_a_total_in_another_currency_is_another_total(borea, plans):
    with transaction.atomic():
        tenancy.enter(borea.pk)
        with pytest.raises(ordering.PriceChanged):
            _place(borea, plans, quoted_total=Money(10702, "EUR"))


def test_without_a_way_to_pay_nothing_is_ordered(borea, plans):
    with transaction.atomic():
        tenancy.enter(borea.pk)
        with pytest.raises(ordering.MethodMissing):
            _place(borea, plans, method=None)


def test_an_empty_cart_is_no_order(borea):
    with transaction.atomic():
        tenancy.enter(borea.pk)
        with pytest.raises(ordering.NothingToOrder):
            _place(borea, {}, quoted_total=Money.zero("CHF"))


def test_what_costs_nothing_is_paid_at_once_without_a_method(borea, plans):
    order = place(borea, Wish(plans["mailbox"], 12), method=None)

    assert (order.state, order.paid_at, order.method) == ("paid", NOON, "")
    with transaction.as_staff():
        assert Subscription.objects.get().plan == plans["mailbox"]
    assert books.differences() == []


def test_the_trail_says_who_ordered(borea, plans):
    order = place(borea, Wish(plans["hosting"], 12))

    with transaction.as_staff():
        entry = Entry.objects.get(action="order.placed")
        assert trail.check(borea.pk) == []
    assert (entry.subject, entry.actor_label, entry.details["number"]) == (order.public_id, "Ada Bianchi", order.number)


def _place(organization, plans, *, method=Method.TRANSFER, quoted_total=TOTAL):
    return ordering.place(
        organization_id=organization.pk,
        lines=[Wish(plans["hosting"], 12)] if plans else [],
        method=method,
        idempotency_key=ids.new(),
        quoted_total=quoted_total,
        language="en",
        actor=ADA,
        at=NOON,
    )
