"""Leading a customer from an order to the pages of a gateway."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from plancia.kit import guards
from plancia.shop import paying
from plancia.shop.models import Order
from plancia.web import departures
from plancia.web.departures import let_forms_lead_to_the_gateway

__all__ = ["let_forms_lead_to_the_gateway", "to_card_page"]


def to_card_page(request: HttpRequest, organization: str, order: Order, *, at: datetime) -> HttpResponse:
    """Start a card payment for an order and send the customer to the gateway's page, from where she comes back here."""
    payment = paying.start_card(order_id=order.pk, actor=guards.actor(request), at=at)
    back = reverse("order", kwargs={"org": organization, "ord": order.public_id})
    return departures.to_payment(request, payment, back=back)
