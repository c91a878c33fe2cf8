"""Held orders, as staff decide on them."""

from __future__ import annotations

from pathlib import Path

from django.test import Client

from plancia.kernel import clock, transaction
from plancia.shop.models import Order
from plancia.shop.pricing import Wish
from tests import people
from tests.shop import world


def test_staff_see_why_and_decide(db, settings, tmp_path: Path):
    rules = tmp_path / "brake.toml"
    rules.write_text("[many-orders]\norders_in_hours = 1\norders_more_than = 0\n")
    settings.BRAKE_RULES = str(rules)
    borea = people.borea(people.person("ada@borea.example"))
    plans = world.catalogue(clock.now())
    first, second = (world.place(borea, Wish(plans["hosting"], 12), at=clock.now()) for _ in range(2))
    nora, customer = Client(), Client()
    nora.force_login(people.person("nora@provider.example", is_staff=True))
    customer.login(email="ada@borea.example", password=people.PASSWORD)

    page = nora.get("/staff/orders/held/").content.decode()
    nora.post(f"/staff/orders/{first.public_id}/release/")
    nora.post(f"/staff/orders/{second.public_id}/refusal/", {"reason": ""})
    nora.post(f"/staff/orders/{second.public_id}/refusal/", {"reason": "No such street."})

    assert page.count("Many orders in a short time") == 2
    with transaction.as_staff():
        assert list(Order.objects.order_by("placed_at").values_list("state", flat=True)) == ["open", "cancelled"]
    assert nora.post(f"/staff/orders/{first.public_id}/release/").status_code == 409
    assert customer.get("/staff/orders/held/").status_code == 404
    assert "No order is held" in nora.get("/staff/orders/held/").content.decode()


def test_the_customer_reads_what_happens(db, settings, tmp_path: Path):
    rules = tmp_path / "brake.toml"
    rules.write_text("[many-orders]\norders_in_hours = 1\norders_more_than = 0\n")
    settings.BRAKE_RULES = str(rules)
    ada = people.person("ada@borea.example")
    borea = people.borea(ada)
    placed = world.place(borea, Wish(world.catalogue(clock.now())["hosting"], 12), at=clock.now())
    client = Client()
    client.force_login(ada)

    page = client.get(f"/o/{borea.public_id}/orders/{placed.public_id}/").content.decode()
    refused = client.post(
        f"/o/{borea.public_id}/orders/{placed.public_id}/payment/", {"method": "transfer"}, follow=True
    )

    assert "We look at this order before it starts" in page
    assert "cannot be paid" in refused.content.decode()
