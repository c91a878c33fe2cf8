"""
VIES: the register of VAT numbers of the European Union, asked over its REST interface.

Source: European Commission, VIES on-the-web, technical information (checkVat and checkVatApprox).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2
from django.conf import settings

from plancia.billing.states import VatAnswer

_SECONDS = 10
#: What of an answer is kept as evidence.
_KEPT = ("requestDate", "requestIdentifier", "valid", "name", "address", "error")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What VIES said: `facts` are kept; `consultation` is its number of the question, which proves it later."""

    outcome: VatAnswer
    consultation: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def ask(number: str, *, requester: str = "") -> Answer:
    """
    Ask VIES about a VAT number with its prefix, in the name of the provider's own where that is a European one.

    Whatever is not a clear answer is `unavailable`: it says nothing about the number. Not to be called in a
    transaction.
    """
    question = {"countryCode": number[:2], "vatNumber": number[2:]}
    if requester:
        question |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
    try:
        response = httpx2.post(f"{settings.VIES_URL}/check-vat-number", json=question, timeout=_SECONDS)
        said = response.json()
    except (httpx2.HTTPError, ValueError) as error:
        return Answer(VatAnswer.UNAVAILABLE, facts={"error": f"{type(error).__name__}: {error}"[:_LONGEST]})
    if not isinstance(said, dict) or not isinstance(said.get("valid"), bool):
        return Answer(VatAnswer.UNAVAILABLE, facts={"error": _error(said, response.status_code)})
    outcome = VatAnswer.VALID if said["valid"] else VatAnswer.INVALID
    facts = {name: str(said[name])[:_LONGEST] for name in _KEPT if said.get(name) not in (None, "")}
    return Answer(outcome, str(said.get("requestIdentifier") or "")[:_LONGEST], facts)


def _error(said: object, status: int) -> str:
    wrappers = said.get("errorWrappers") if isinstance(said, dict) else None
    first = wrappers[0] if isinstance(wrappers, list) and wrappers else {}
    code = first.get("error", "") if isinstance(first, dict) else ""
    return f"{code or 'no answer that can be read'} ({status})"[:_LONGEST]
