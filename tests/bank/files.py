"""Files as banks write them: the versions and shapes of several, made of what a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ACCOUNT = "CH9300762011623852957"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """One customer's money on a statement. Units: `amount` in major units, as banks write it."""

    amount: str
    currency: str = "EUR"
    credit: bool = True
    reference: str = ""
    message: str = ""
    name: str = "Aurora Srl"
    iban: str = "IT60X0542811101000000123456"
    end_to_end: str = "NOTPROVIDED"
    bank_reference: str = ""
    return_reason: str = ""
    file: str = ""


def detail(one: Money, version: str, *, with_amount: bool = True) -> str:
    """Return TxDtls: up to version 4 a party's name stands in it, later one deeper; amounts moved too."""
    is_old = version in ("001.02", "001.04")
    name = f"<Nm>{one.name}</Nm>" if is_old else f"<Pty><Nm>{one.name}</Nm></Pty>"
    side = "Dbtr" if one.credit else "Cdtr"
    amount = f'<Amt Ccy="{one.currency}">{one.amount}</Amt>'
    told = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>" if version == "001.02" else amount
    indicator = f"<CdtDbtInd>{'CRDT' if one.credit else 'DBIT'}</CdtDbtInd>"
    remittance = (
        f"<RmtInf><Strd><CdtrRefInf><Ref>{one.reference}</Ref></CdtrRefInf></Strd></RmtInf>"
        if one.reference
        else f"<RmtInf><Ustrd>{one.message}</Ustrd></RmtInf>"
        if one.message
        else ""
    )
    returned = f"<RtrInf><Rsn><Cd>{one.return_reason}</Cd></Rsn></RtrInf>" if one.return_reason else ""
    own = f"<AcctSvcrRef>{one.bank_reference}</AcctSvcrRef>" if one.bank_reference else ""
    file = f"<MsgId>{one.file}</MsgId>" if one.file else ""
    return (
        f"<TxDtls><Refs>{file}{own}<EndToEndId>{one.end_to_end}</EndToEndId></Refs>"
        f"{(told if version == '001.02' else told + indicator) if with_amount else ''}"
        f"<RltdPties><{side}>{name}</{side}><{side}Acct><Id><IBAN>{one.iban}</IBAN></Id></{side}Acct></RltdPties>"
        f"{remittance}{returned}</TxDtls>"
    )


def entry(
    ones: Sequence[Money], version: str, *, total: str = "", bank_reference: str = "", status: str = "BOOK"
) -> str:
    """Return Ntry: one booking of one or more customers' money."""
    first = ones[0]
    said = status if version in ("001.02", "001.04") else f"<Cd>{status}</Cd>"
    own = f"<AcctSvcrRef>{bank_reference}</AcctSvcrRef>" if bank_reference else ""
    details = "".join(detail(one, version, with_amount=len(ones) > 1 or version != "001.02") for one in ones)
    return (
        f'<Ntry><Amt Ccy="{first.currency}">{total or first.amount}</Amt>'
        f"<CdtDbtInd>{'CRDT' if first.credit else 'DBIT'}</CdtDbtInd><Sts>{said}</Sts>"
        f"<BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-02</Dt></ValDt>{own}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def camt(
    *entries: str, version: str = "001.08", kind: str = "camt.053", account: str = ACCOUNT, name: str = "S"
) -> bytes:
    """Return a whole message; `name` is its id."""
    body, statement = ("BkToCstmrStmt", "Stmt") if kind == "camt.053" else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{kind}.{version}">\n<{body}>\n'
        f"<GrpHdr><MsgId>{name}</MsgId><CreDtTm>2026-03-02T18:00:00</CreDtTm></GrpHdr>\n"
        f"<{statement}><Id>{name}</Id><Acct><Id><IBAN>{account}</IBAN></Id></Acct>\n"
        + "\n".join(entries)
        + f"\n</{statement}>\n</{body}>\n</Document>\n"
    ).encode()


def statement(*ones: Money, version: str = "001.08", kind: str = "camt.053", name: str = "S") -> bytes:
    """Return a message with a booking for each."""
    return camt(
        *(entry([one], version, bank_reference=one.bank_reference) for one in ones),
        version=version,
        kind=kind,
        name=name,
    )
