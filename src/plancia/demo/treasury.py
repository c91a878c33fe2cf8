"""Money on its way at the end of the past: saved cards, withdrawals to release, a statement with open questions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from xml.sax.saxutils import escape

from plancia.bank import importing, payouts
from plancia.billing import parties
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.demo.households import Household
from plancia.kernel import ids
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.outbox import delivery
from plancia.payments import profiles
from plancia.payments.gateways.protocol import Means
from plancia.wallet import prepaid, withdrawing

# Accounts of nobody: made for examples by those who keep the lists of banks.
_IBANS = {"CHF": "CH5604835012345678009", "EUR": "DE89370400440532013000"}
_STRAY = ("Parrocchia San Lorenzo", "abbonamento sito", "240.00")


def leave_open(households: Sequence[Household], rng: random.Random, *, staff: Actor, at: datetime) -> None:
    """Save a few cards, ask for two withdrawals, and take in a statement of which two entries wait for somebody."""
    for household in households[:6]:
        _save_card(household, rng, at=at - timedelta(days=20))
    rich = [one for one in households if prepaid.balance(one.organization).minor > 20_000]
    for household, share in zip(rich[:2], (4, 2), strict=False):
        _withdraw(household, share, at=at - timedelta(hours=5))
    importing.take(content=_statement(at.date()), name=f"camt053_{at:%Y%m%d}.xml", actor=staff, at=at)
    delivery.tell_untold(at=at)


def _save_card(household: Household, rng: random.Random, *, at: datetime) -> None:
    profile = profiles.start(organization_id=household.organization.pk, actor=household.actor, at=at)
    ends = date(at.year + rng.randint(1, 4), 12, 31)
    # The rehearsal gateway knows by the name that this card works.
    means = Means(f"card_save_{rng.getrandbits(64):016x}", "Visa", f"{rng.randint(0, 9999):04d}", ends)
    profiles.save(profile_id=profile.pk, means=means, at=at)


def _withdraw(household: Household, share: int, *, at: datetime) -> None:
    organization = household.organization
    there = payouts.bank_account(iban=_IBANS[organization.currency], holder=organization.recipient)
    half = Money(prepaid.balance(organization).minor // share, organization.currency)
    withdrawing.ask(
        organization_id=organization.pk,
        amount=half,
        destination=there,
        key=ids.new(),
        actor=household.actor,
        at=at,
    )


def _statement(day: date) -> bytes:
    """Return a camt.053 whose payers gave no reference: one names an open invoice's amount, one nothing at all."""
    invoice = Invoice.objects.filter(state=InvoiceState.OPEN, kind="invoice").order_by("-issued_on", "-pk").first()
    payers = [(_STRAY[0], _STRAY[1], _STRAY[2], "CHF")]
    if invoice is not None:
        payers.append((invoice.buyer["name"], "grazie", str(invoice.total.decimal), invoice.currency))
    entries = "".join(
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{day:%Y%m%d}{place}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<RltdPties><Dbtr><Pty><Nm>{escape(name)}</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{escape(message)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for place, (name, message, amount, currency) in enumerate(payers)
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Acct><Id><IBAN>'
        f"{parties.seller().iban}</IBAN></Id></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()
