"""Callbacks of payment gateways."""

from __future__ import annotations

import logging
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from plancia.api import problems
from plancia.kernel import clock
from plancia.payments import callbacks, gateways
from plancia.payments.gateways import NoSuchGateway
from plancia.payments.gateways.protocol import BadCallback, BadSignature, GatewayAway

logger = logging.getLogger(__name__)

#: A callback is a few hundred bytes; what is longer is not read.
LONGEST_BYTES = 65_536


@csrf_exempt
@require_POST
def receive(request: HttpRequest, gateway: str) -> HttpResponse:
    """Take a gateway's callback. Its signature says who asks; a duplicate is answered like the first."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BYTES:
        return problems.problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, code="too_long", detail=f"At most {LONGEST_BYTES} bytes."
        )
    at = clock.now()
    try:
        notification = gateways.gateway(gateway).read_callback(request.headers, request.body, at=at)
    except NoSuchGateway as refusal:
        return problems.refused(refusal, HTTPStatus.NOT_FOUND)
    except GatewayAway as trouble:
        logger.warning("a callback for %s could not be looked into: %s", gateway, trouble)
        return problems.problem(HTTPStatus.SERVICE_UNAVAILABLE, code="gateway_away", detail="Please tell us again.")
    except (BadSignature, BadCallback) as refusal:
        logger.warning("a callback for %s was refused: %s", gateway, refusal.code)
        return problems.refused(refusal)
    outcome = callbacks.receive(gateway, notification, at=at)
    return JsonResponse({"outcome": outcome})


receive.guard = "signature"  # type: ignore[attr-defined]  # read by the test that every URL is guarded
