"""The brake: which orders are held, why, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from plancia.audit.models import Entry
from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.notices.models import Message
from plancia.payments.methods import Method
from plancia.shop import brake, cancellation, paying
from plancia.shop.models import Order
from plancia.shop.pricing import Wish
from plancia.shop.states import OrderState
from plancia.wallet import prepaid
from tests import racing
from tests.shop import world
from tests.shop.test_codes import apply, campaign, cart_of, order, used
from tests.shop.world import ADA, NOON, place, tell, transfer

CLARA = Actor(ActorKind.STAFF, "Clara Conti")
EVERYTHING = '[all]\ntotal_from = { CHF = "0", EUR = "0" }\n'


@pytest.fixture
def rules(settings, tmp_path: Path):
    """Let a test say which rules there are."""

    def write(text: str) -> None:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.toml"
        path.write_text(text, encoding="utf-8")
        settings.BRAKE_RULES = str(path)

    return write


def fresh(order: Order) -> Order:
    with transaction.as_staff():
        return Order.objects.get(pk=order.pk)


@pytest.mark.parametrize(
    ("rule", "is_held"),
    [
        ("younger_than_hours = 24", True),
        ("younger_than_hours = 1", False),
        ("is_new_customer = true", True),
        ("is_new_customer = false", False),
        ('total_from = { CHF = "107.02" }', True),
        ('total_from = { CHF = "107.03" }', False),
        ('total_from = { EUR = "1" }', False),
        ("countries_differ = true", False),
        ("orders_in_hours = 1\norders_more_than = 0", True),
        ("orders_in_hours = 1\norders_more_than = 1", False),
        ('is_new_customer = true\ntotal_from = { CHF = "200" }', False),
    ],
)
def test_a_rule_holds_where_all_that_it_says_is_so(borea, plans, rules, rule, is_held):
    rules(f"[one]\n{rule}\n")

    placed = place(borea, Wish(plans["hosting"], 12))

    assert (placed.state, placed.held_for) == (("held", ["one"]) if is_held else ("open", []))


@pytest.mark.parametrize(("seen_in", "is_held"), [("CH", False), ("RU", True), ("", False)])
def test_the_country_of_the_visitor_counts_where_it_is_known(borea, plans, rules, seen_in, is_held):
    rules("[abroad]\ncountries_differ = true\n")
    situation = brake.Situation(
        borea, world.checkout.parties.buyer(borea), Money(1, "CHF"), visitor_country=seen_in, at=NOON
    )

    assert bool(brake.reasons(situation)) is is_held


def test_a_held_order_is_paid_by_nobody_until_it_is_released(borea, plans, rules):
    rules(EVERYTHING)
    world.top_up(borea, Money(20_000, "CHF"))
    placed = place(borea, Wish(plans["hosting"], 12), method=Method.PREPAID)

    with pytest.raises(paying.NotPayable), transaction.as_staff():
        paying.pay_with_prepaid(order_id=placed.pk, actor=ADA, at=NOON)
    with transaction.as_staff():
        brake.release(order_id=placed.pk, actor=CLARA, at=NOON)
        paying.pay_with_prepaid(order_id=placed.pk, actor=ADA, at=NOON)

    assert fresh(placed).state == OrderState.PAID
    assert books.differences() == []


def test_money_that_comes_meanwhile_is_kept(borea, plans, rules):
    rules(EVERYTHING)
    placed = place(borea, Wish(plans["hosting"], 12))

    transfer(placed)

    assert fresh(placed).state == OrderState.HELD
    with transaction.as_staff():
        assert prepaid.balance(borea) == placed.total
    assert books.differences() == []


def test_a_refused_order_gives_its_code_back_and_says_why(borea, ada, plans, rules):
    rules(EVERYTHING)
    campaign(most=1)
    cart = cart_of((plans["hosting"], 12))
    apply(cart, "SPRING20", borea)
    placed = order(cart, borea, ada)
    assert (placed.state, used("SPRING20")) == ("held", 1)

    with transaction.as_staff():
        with pytest.raises(brake.RefusalUnreasoned):
            brake.refuse(order_id=placed.pk, reason=" ", actor=CLARA, at=NOON)
        brake.refuse(order_id=placed.pk, reason="The address does not exist.", actor=CLARA, at=NOON)
        with pytest.raises(brake.OrderNotHeld):
            brake.release(order_id=placed.pk, actor=CLARA, at=NOON)

    assert (fresh(placed).state, used("SPRING20")) == ("cancelled", 0)
    with transaction.as_staff():
        assert Entry.objects.get(action="order.refused").details["reason"] == "The address does not exist."


def test_a_free_order_that_was_held_is_carried_out_when_it_is_released(borea, plans, rules):
    rules(EVERYTHING)
    placed = place(borea, Wish(plans["mailbox"], 12), method=None)

    with transaction.as_staff():
        released = brake.release(order_id=placed.pk, actor=CLARA, at=NOON)

    assert released.state == "paid"
    assert books.differences() == []


def test_a_held_order_is_given_up_or_expires_like_another(borea, plans, rules):
    rules(EVERYTHING)
    given_up, forgotten = place(borea, Wish(plans["hosting"], 12)), place(borea, Wish(plans["hosting"], 12))

    with transaction.as_staff():
        cancellation.cancel(order_id=given_up.pk, actor=ADA, at=NOON)
        cancellation.expire_due(at=NOON + timedelta(days=31))

    assert (fresh(given_up).state, fresh(forgotten).state) == ("cancelled", "expired")


def test_the_customer_is_told_at_each_step(borea, plans, rules):
    rules(EVERYTHING)
    first, second = place(borea, Wish(plans["hosting"], 12)), place(borea, Wish(plans["hosting"], 12))
    with transaction.as_staff():
        brake.release(order_id=first.pk, actor=CLARA, at=NOON)
        brake.refuse(order_id=second.pk, reason="No such street.", actor=CLARA, at=NOON)
    tell()

    with transaction.as_staff():
        told = {message.subject: message.text for message in Message.objects.order_by("pk")}
    assert {
        f"Order {first.number}: we look at it before it starts",
        f"Order {first.number}: you can pay it now",
        f"Order {second.number}: we cannot accept it",
    } <= set(told)
    assert "No such street." in told[f"Order {second.number}: we cannot accept it"]


def test_two_who_decide_at_once_decide_once(borea, plans, rules):
    rules(EVERYTHING)
    placed = place(borea, Wish(plans["hosting"], 12))

    def decide(number: int) -> object:
        with transaction.as_staff():
            if number % 2:
                brake.release(order_id=placed.pk, actor=CLARA, at=NOON)
            else:
                brake.refuse(order_id=placed.pk, reason="No.", actor=CLARA, at=NOON)
        return None

    assert racing.at_once(6, decide).count("done") == 1


def test_the_bundled_rules_let_an_ordinary_first_order_go(borea, plans):
    assert place(borea, Wish(plans["hosting"], 12)).state == "open"


def test_the_bundled_rules_hold_a_large_first_order(borea, plans):
    assert place(borea, Wish(plans["server"], 12, 20)).held_for == ["large-first-order"]


@pytest.mark.parametrize(
    "text",
    [
        "[one]\n",
        "one = 1\n",
        "[one]\nunknown = 1\n",
        '[one]\nyounger_than_hours = "1"\n',
        '[one]\ntotal_from = { CHF = "x" }\n',
        "[one]\norders_in_hours = 1\n",
        "not toml",
    ],
)
def test_a_file_that_makes_no_sense_is_refused(rules, text):
    rules(text)

    with pytest.raises(ImproperlyConfigured):
        brake.rules()
