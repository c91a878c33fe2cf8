"""What a gateway is to us, and what it tells us."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile


class BadSignature(Refusal):
    """A callback does not come from the gateway, or not from now."""

    code = "bad_signature"
    sentence = _("The signature is not valid.")


class BadCallback(Refusal):
    """A callback is signed and still makes no sense."""

    code = "bad_callback"
    sentence = _("The message cannot be read.")


class GatewayAway(Exception):
    """A gateway does not answer, or not in a way that says what became of what we asked: ask again later."""


class Told(StrEnum):
    """What a gateway can tell about a payment, or about a profile that it saved or did not."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Means:
    """What a gateway keeps so that we can charge it again: its name there, and what people know it by."""

    reference: str
    label: str = ""
    last_digits: str = ""
    expires_on: date | None = None
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway says to a charge or a refund that it was asked for. OTHER: it is not decided yet."""

    told: Told
    reference: str = ""
    code: str = ""
    means: Means | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """
    What a gateway tells: `event` names the telling, `payment` our payment, `reference` the gateway's.

    Where it is about saving a profile, `profile` is ours and there is no payment; `means` is what was saved, with or
    without a payment. `code` says why money did not come; `amount` is what was collected. Where it is about a dispute,
    `dispute` is the gateway's name for it, and `reference` that of the payment that is disputed.
    """

    event: str
    told: Told
    payment: str
    reference: str
    amount: Money | None
    code: str
    payload: dict[str, Any]
    profile: str = ""
    means: Means | None = None
    dispute: str = ""


def read_json(body: bytes) -> Any:
    """
    Return what a message says, when it can be kept as it came.

    Raises: BadCallback, also for NUL, half characters and numbers that are none, which the database cannot hold.
    """
    try:
        said = json.loads(body)
        written = json.dumps(said, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, RecursionError) as error:
        raise BadCallback from error
    if _NUL.search(written):
        raise BadCallback
    return said


# An escaped backslash before "u0000" is no escape.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Gateway(Protocol):
    """Somebody who collects money for us on pages of his own. A module may be one."""

    NAME: str
    METHOD: Method

    def origin(self) -> str:
        """Return scheme, host and port of its pages; nothing where it is switched off."""

    def checkout_url(self, payment: Payment, *, return_url: str, language: str) -> str:
        """
        Return the address of its page for a payment; the same payment asked for again is still one.

        May ask the gateway, so it is never called within a transaction. Raises: GatewayAway.
        """

    def saving_url(self, profile: Profile, *, return_url: str, language: str) -> str:
        """Return the address of its page for saving a profile. As `checkout_url`."""

    def charge(self, payment: Payment, profile: Profile | None, *, at: datetime) -> Answer:
        """
        Collect a payment from what was saved, without the customer; or, without a profile, what she approved on a page.

        Asked again, it collects nothing more. Never called within a transaction. Raises: GatewayAway.
        """

    def refund(self, payment: Payment, amount: Money, *, key: str, reference: str, at: datetime) -> Answer:
        """
        Send money of a payment back, once for a key; `reference` is the gateway's for what it has begun.

        Never called within a transaction. Raises: GatewayAway.
        """

    def forget(self, profile: Profile, *, at: datetime) -> None:
        """Let the gateway forget what it saved, if it still knows it. As `charge`. Raises: GatewayAway."""

    def read_callback(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notification:
        """Return what a callback says. May ask the gateway. Raises: BadSignature; BadCallback; GatewayAway."""
