"""
Departures: leaving for a page of a gateway, whose address only the gateway knows.

It is asked when the request's transaction has committed, because no transaction waits for a network. The view returns a
`Departure`, and this middleware makes a redirect of it. Source: docs/decisions/0025-payment-profiles.md
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from plancia.kernel import tenancy, transaction
from plancia.payments import gateways
from plancia.payments.gateways.protocol import GatewayAway
from plancia.payments.models import Payment, Profile
from plancia.web.middleware import ContentSecurityMiddleware, Responder

logger = logging.getLogger(__name__)


class Departure(HttpResponse):
    """An answer that sends the browser to where `ask` says, once it may be asked; back to `otherwise` if it may not."""

    status_code = HTTPStatus.SEE_OTHER

    def __init__(self, ask: Callable[[], str], *, otherwise: str) -> None:
        super().__init__()
        self.ask, self.otherwise = ask, otherwise


def to_payment(request: HttpRequest, payment: Payment, *, back: str) -> Departure:
    """Send the customer to the gateway's page for a payment, from where she comes back to a path of ours."""
    return_url, language = request.build_absolute_uri(back), str(request.LANGUAGE_CODE)
    gateway = gateways.gateway(payment.gateway)
    return Departure(lambda: gateway.checkout_url(payment, return_url=return_url, language=language), otherwise=back)


def to_saving(request: HttpRequest, profile: Profile, *, back: str) -> Departure:
    """Send the customer to the gateway's page for saving a profile. As `to_payment`."""
    return_url, language = request.build_absolute_uri(back), str(request.LANGUAGE_CODE)
    gateway = gateways.gateway(profile.gateway)
    return Departure(lambda: gateway.saving_url(profile, return_url=return_url, language=language), otherwise=back)


def let_forms_lead_to_the_gateway(response: HttpResponse) -> HttpResponse:
    """
    Let the forms of a page be answered by a redirect to the gateway, which `form-action 'self'` would stop.

    Source: Content Security Policy level 3, section 6.4.1; browsers apply it to redirects too.
    """
    allowed = " ".join(["form-action 'self'", *gateways.origins()])
    policy = ContentSecurityMiddleware.POLICY.replace("form-action 'self'", allowed)
    response.headers["Content-Security-Policy"] = policy
    return response


class DepartureMiddleware:
    """Ask gateways for the address to go to, after the request's transaction."""

    def __init__(self, respond: Responder) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        if not isinstance(response, Departure):
            return response
        try:
            return HttpResponseRedirect(response.ask())
        except GatewayAway as trouble:
            logger.warning("no way to the gateway's page: %s", trouble)
            return _away(request, response.otherwise)


def _away(request: HttpRequest, back: str) -> HttpResponse:
    sentence = _("The payment provider does not answer at the moment. Nothing was charged; please try again.")
    words = {"sentence": sentence, "code": "gateway_away", "before": back}
    with transaction.atomic():
        if request.user.is_authenticated:
            tenancy.enter_user(request.user.pk)
        return render(request, "errors/refused.html", words, status=HTTPStatus.BAD_GATEWAY)
