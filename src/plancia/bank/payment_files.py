"""
Payment files: released payouts become one pain.001.001.09 for the bank, each once.

The file and the state of its payouts are written in one transaction: a file that exists holds them, and fetching it
again gives the same bytes. Source: ISO 20022, pain.001.001.09; made by sepaxml, and checked against its XSD.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from sepaxml import SepaTransfer

from plancia.bank.models import PaymentFile, Payout
from plancia.bank.states import PayoutState
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.payments.methods import Method

SCHEMA = "pain.001.001.09"
#: Banks take more; a file of so many is still read by people.
MOST = 2_000


class NothingToSend(Refusal):
    """No payout is released and unsent."""

    code = "nothing_to_send"
    sentence = _("No payout in %(currency)s waits to be sent to the bank.")


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose account is charged: the provider's."""

    name: str
    iban: str


@transaction.atomic
def make(*, currency: str, debtor: Debtor, actor: Actor, at: datetime) -> PaymentFile:
    """
    Write what was released into a payment file; the payouts are sent with it.

    Raises: NothingToSend.
    """
    payouts: list[Payout] = list(
        Payout.objects.filter(state=PayoutState.RELEASED, method=Method.TRANSFER, currency=currency)
        .order_by("pk")
        .locked()[:MOST]
    )
    if not payouts:
        raise NothingToSend(currency=currency)
    key = ids.new()
    message = f"PAY{key.hex.upper()[:29]}"
    total = Money.total((payout.amount for payout in payouts), currency)
    file: PaymentFile = PaymentFile.objects.create(
        pk=key,
        message_id=message,
        currency=currency,
        content=_xml(payouts, debtor, message, currency, at=at),
        number=len(payouts),
        total_minor=total.minor,
        made_at=at,
        made_by=actor.label,
    )
    for payout in payouts:
        payout.send(file)
    return file


def _xml(payouts: list[Payout], debtor: Debtor, message: str, currency: str, *, at: datetime) -> str:
    transfer = SepaTransfer(
        {
            "name": debtor.name,
            "IBAN": debtor.iban,
            "batch": True,
            "currency": currency,
            # In francs it is a domestic payment, in euros one of the single euro payments area.
            "domestic": currency != "EUR",
        },
        schema=SCHEMA,
    )
    for payout in payouts:
        transfer.add_payment(
            {
                "name": _plain(payout.holder),
                "IBAN": payout.iban,
                "amount": payout.amount_minor,
                "execution_date": localdate(at),
                "description": _plain(payout.note or payout.end_to_end),
                "endtoend_id": payout.end_to_end,
            }
        )
    written: bytes = transfer.export(validate=True)
    return _named(written.decode(), message, at)


def _plain(text: str) -> str:
    """Return what a bank's character set may hold, without what no XML can."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text).strip() or "-"


def _named(xml: str, message: str, at: datetime) -> str:
    # The library asks the machine what time it is, and names the message after it; we know both.
    timed = re.sub(r"<CreDtTm>[^<]*</CreDtTm>", f"<CreDtTm>{at:%Y-%m-%dT%H:%M:%S}Z</CreDtTm>", xml, count=1)
    return re.sub(r"<MsgId>[^<]*</MsgId>", f"<MsgId>{message}</MsgId>", timed, count=1)
