"""Status reports: what a pain.002 says became of the payments that we asked for. Source: ISO 20022, pain.002."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from lxml import etree

from plancia.bank import iso20022, payouts
from plancia.bank.iso20022 import Message, find, refused, text
from plancia.bank.models import PaymentFile, Payout
from plancia.bank.states import PayoutState
from plancia.kernel.actors import Actor

#: The money has left, or will not. Everything between is on its way, and told by the statement.
SETTLED = frozenset({"ACSC", "ACCC"})
REJECTED = frozenset({"RJCT", "CANC"})


def take(message: Message, *, actor: Actor, at: datetime) -> int:
    """
    Record what a status report says; return how many payouts it is about. What was known changes nothing.

    Raises: BankFileRefused, when it is about no payment file of ours.
    """
    report = find(message.root, "CstmrPmtStsRpt")
    group = find(report, "OrgnlGrpInfAndSts") if report is not None else None
    if report is None or group is None:
        raise refused(message.root, _("“%s” is missing.") % "OrgnlGrpInfAndSts")
    file = PaymentFile.objects.filter(message_id=text(group, "OrgnlMsgId")).first()
    if file is None:
        raise refused(group, _("We have sent no payment file called “%s”.") % text(group, "OrgnlMsgId"))

    told: set[UUID] = set()
    for end_to_end, status, reason in _transactions(report):
        payout = file.payouts.filter(end_to_end=end_to_end).first()
        if payout is not None:
            told.add(payout.pk)
            _tell(payout, status, reason, actor, at=at)
    status = text(group, "GrpSts")
    if status in SETTLED | REJECTED:
        # What is not said one by one is as the whole.
        for payout in file.payouts.exclude(pk__in=told).order_by("pk"):
            told.add(payout.pk)
            _tell(payout, status, _reason(group), actor, at=at)
    return len(told)


def _transactions(report: etree._Element) -> Iterator[tuple[str, str, str]]:
    for batch in iso20022.children(report, "OrgnlPmtInfAndSts"):
        whole = text(batch, "PmtInfSts")
        for one in iso20022.children(batch, "TxInfAndSts"):
            yield text(one, "OrgnlEndToEndId"), text(one, "TxSts") or whole, _reason(one) or _reason(batch)


def _reason(element: etree._Element) -> str:
    return text(element, "StsRsnInf", "Rsn", "Cd") or text(element, "StsRsnInf", "Rsn", "Prtry")


def _tell(payout: Payout, status: str, reason: str, actor: Actor, *, at: datetime) -> None:
    if status in SETTLED and payout.state == PayoutState.SENT:
        payouts.settle(payout_id=payout.pk, actor=actor, at=at)
    elif status in REJECTED and payout.state == PayoutState.SENT:
        payouts.fail(payout_id=payout.pk, reason=reason or status, actor=actor, at=at)
