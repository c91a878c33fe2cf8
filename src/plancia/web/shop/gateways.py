"""Leading a customer to the pages of a gateway, and letting the browser go there."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from plancia.kit import guards
from plancia.payments import gateways
from plancia.shop import paying
from plancia.shop.models import Order
from plancia.web.middleware import ContentSecurityMiddleware


def to_card_page(request: HttpRequest, organization: str, order: Order, *, at: datetime) -> HttpResponse:
    """Start a card payment for an order and send the customer to the gateway's page, from where she comes back here."""
    payment = paying.start_card(order_id=order.pk, actor=guards.actor(request), at=at)
    back = request.build_absolute_uri(reverse("order", kwargs={"org": organization, "ord": order.public_id}))
    address = gateways.gateway(payment.gateway).checkout_url(
        payment,
        return_url=back,
        language=request.LANGUAGE_CODE,
    )
    return HttpResponseRedirect(address)


def let_forms_lead_to_the_gateway(response: HttpResponse) -> HttpResponse:
    """
    Let the forms of a page be answered by a redirect to the gateway, which `form-action 'self'` would stop.

    Source: Content Security Policy level 3, section 6.4.1; browsers apply it to redirects too.
    """
    allowed = " ".join(["form-action 'self'", *gateways.origins()])
    policy = ContentSecurityMiddleware.POLICY.replace("form-action 'self'", allowed)
    response.headers["Content-Security-Policy"] = policy
    return response
