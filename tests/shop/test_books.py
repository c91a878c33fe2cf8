from __future__ import annotations

from plancia.kernel import transaction
from plancia.ledger import books
from plancia.shop.models import Order, OrderLine, OrderPayment
from plancia.shop.pricing import Wish
from tests.shop.world import place, transfer


def found() -> list[str]:
    return [difference.check for difference in books.differences()]


def test_a_paid_and_an_open_order_are_as_they_should_be(borea, plans):
    transfer(place(borea, Wish(plans["hosting"], 12)))
    place(borea, Wish(plans["server"], 1, 3))
    place(borea, Wish(plans["mailbox"], 12))

    assert found() == []


def test_an_order_that_somebody_marked_as_paid_is_found(borea, plans):
    order = place(borea, Wish(plans["hosting"], 12))
    with transaction.as_staff():
        Order.objects.filter(pk=order.pk).update(state="paid", paid_at=order.placed_at)

    assert found() == ["orders are paid once", "paid orders are carried out", "paid orders are invoiced"]


def test_a_paid_order_that_somebody_reopened_is_found(borea, plans):
    order = place(borea, Wish(plans["hosting"], 12))
    transfer(order)
    with transaction.as_staff():
        Order.objects.filter(pk=order.pk).update(state="open", paid_at=None)

    assert found() == ["orders are paid once", "paid orders are carried out", "paid orders are invoiced"]


def test_a_line_that_lost_its_product_is_found(borea, plans):
    transfer(place(borea, Wish(plans["hosting"], 12)))
    with transaction.as_staff():
        OrderLine.objects.update(subscription_id=None)

    assert found() == ["paid orders are carried out"]


def test_a_payment_applied_for_less_is_found(borea, plans):
    transfer(place(borea, Wish(plans["hosting"], 12)))
    with transaction.as_staff():
        OrderPayment.objects.update(applied_minor=1)

    assert found() == ["orders are paid once"]
