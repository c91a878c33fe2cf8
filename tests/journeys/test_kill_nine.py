"""kill -9 of web, worker and PostgreSQL while orders come in: nothing half done, nothing lost, nothing double."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from plancia.kernel import ids
from tests import waiting
from tests.journeys.provider import Provider
from tests.journeys.shopper import Shopper

pytestmark = pytest.mark.slow

ORDERS = 200
CLIENTS = 8


def test_orders_survive_kill_nine_of_everything(provider: Provider):
    customers = provider.run("tests.journeys.customers", "4", str(CLIENTS // 4), "100000000")
    done, kills = threading.Event(), []

    def disturb() -> None:
        chance = random.Random(9)
        while not done.wait(chance.uniform(1, 3)):
            victim = ("serve", "work", "postgres")[len(kills) % 3]
            provider.kill(victim)
            kills.append(victim)
            if victim != "postgres":  # its users start the server again themselves
                provider.start_process(victim)
            waiting.until(
                lambda: done.is_set() or provider.is_well(), seconds=60, what=f"recovery from killing {victim}"
            )

    def shop(place: int) -> list[str]:
        customer = customers[place]
        shopper = Shopper(provider.port, customer["session"], customer["organization"])
        return [shopper.order(f"site-{place}-{number}.ch") for number in range(ORDERS // CLIENTS)]

    vandal = threading.Thread(target=disturb)
    vandal.start()
    try:
        with ThreadPoolExecutor(CLIENTS) as clients:
            placed = [where for orders in clients.map(shop, range(CLIENTS)) for where in orders]
    finally:
        done.set()
        vandal.join()
    waiting.until(provider.is_well, what="web, worker and database after the last kill")
    waiting.until(
        lambda: not provider.sql("select 1 from outbox_fact where told_at is null"), seconds=120, what="telling facts"
    )

    assert len(set(placed)) == ORDERS
    assert {"serve", "work", "postgres"} <= set(kills)
    # Every order is complete: paid once, one invoice, one product per line.
    orders = {ids.public("ord", key): state for key, state in provider.sql("select id, state from shop_order")}
    invoiced = Counter(purpose for (purpose,) in provider.sql("select purpose from billing_invoice"))
    paid = Counter(
        purpose for (purpose,) in provider.sql("select purpose from payments_payment where method = 'prepaid'")
    )
    assert len(orders) == ORDERS
    assert set(orders.values()) == {"paid"}
    assert invoiced == dict.fromkeys(orders, 1)
    assert paid == dict.fromkeys(orders, 1)
    assert provider.sql("select count(*) from subscriptions_subscription") == [(ORDERS,)]
    # No number is missing or double.
    numbers = [number for (number,) in provider.sql("select sequence from billing_invoice order by sequence")]
    assert numbers == list(range(1, ORDERS + 1))
    provider.plancia("check-books")
    # The worker finishes what it was killed over: every product runs.
    waiting.until(
        lambda: provider.sql("select 1 from subscriptions_subscription where state <> 'active'") == [],
        seconds=180,
        what="every product to run",
    )
