"""
FatturaPA: an invoice as the Italian exchange system takes it.

Source: Agenzia delle Entrate, Specifiche tecniche della fattura elettronica 1.9, schema FatturaPA 1.2.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from lxml import etree

from plancia.billing import numbering, vat_rules
from plancia.billing.models import Invoice, Line
from plancia.billing.parties import Party, Seller
from plancia.billing.vat import Category, Tax
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal

_NAMESPACE = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
_PRIVATE, _PUBLIC = "FPR12", "FPA12"
# Where no code is known the system puts the invoice at the customer's disposal, or sends it to his certified mail.
_NO_CODE = "0000000"
_NO_POSTCODE = "00000"
_INVOICE, _CREDIT_NOTE = "TD01", "TD04"
_ORDINARY, _OTHER_REGIME = "RF01", "RF18"
_PAID_WHOLE, _TRANSFER = "TP02", "MP05"
#: Codes of why a line carries no tax.
_NATURE = {Category.OUTSIDE_SCOPE: "N2.1", Category.REVERSE_CHARGE: "N6.9"}
#: Numbers of transmissions of one year, before those of the next begin; they come round after thirty years.
_A_YEAR, _YEARS = 2_000_000, 30
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class TaxCodeMissing(Refusal):
    """An Italian customer of whom neither VAT number nor codice fiscale is known. Source: SdI, error 00417."""

    code = "tax_code_missing"
    sentence = _("Electronic invoices in Italy need your VAT number or your codice fiscale. Please enter it.")


class NotItalian(Refusal):
    """The exchange system is for customers in Italy."""

    code = "not_italian"
    sentence = _("This format is for customers in Italy.")


def is_possible(invoice: Invoice) -> bool:
    """Say whether an invoice goes to Italy, in a currency that the format knows."""
    return str(invoice.buyer["country"]) == "IT"


def xml(invoice: Invoice, lines: Sequence[Line], *, due: Money) -> bytes:
    """
    Return an invoice or credit note in the format of the exchange system, in the language in force.

    The recipient's codes are those of the invoice; where it has none, those that the organization has now.

    Units: `due` is what of it is still to be paid.
    Raises: NotItalian; TaxCodeMissing.
    """
    if not is_possible(invoice):
        raise NotItalian()
    seller, buyer = Seller.from_json(invoice.seller), Party.from_json(invoice.buyer)
    if not (_has_number(buyer) or _tax_code(invoice, buyer)):
        raise TaxCodeMissing()
    is_public = buyer.kind == "public_body"
    root = etree.Element(
        f"{{{_NAMESPACE}}}FatturaElettronica", nsmap={"p": _NAMESPACE}, versione=_PUBLIC if is_public else _PRIVATE
    )
    _fill(
        root,
        {
            "FatturaElettronicaHeader": {
                "DatiTrasmissione": _transmission(invoice, seller, buyer, is_public=is_public),
                "CedentePrestatore": {
                    "DatiAnagrafici": {
                        "IdFiscaleIVA": _number(seller),
                        "Anagrafica": {"Denominazione": _latin(seller.name, 80)},
                        "RegimeFiscale": _ORDINARY if seller.country == "IT" else _OTHER_REGIME,
                    },
                    "Sede": _address(seller),
                },
                "CessionarioCommittente": {
                    "DatiAnagrafici": {
                        "IdFiscaleIVA": _number(buyer) if _has_number(buyer) else None,
                        "CodiceFiscale": _tax_code(invoice, buyer) or None,
                        "Anagrafica": {"Denominazione": _latin(buyer.recipient or buyer.name, 80)},
                    },
                    "Sede": _address(buyer),
                },
            },
            "FatturaElettronicaBody": _body(invoice, lines, seller, due),
        },
    )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def file_name(invoice: Invoice) -> str:
    """Return the name of the file as the exchange system wants it: the sender, and a number used once."""
    number = _number(Seller.from_json(invoice.seller))
    return f"{number['IdPaese']}{number['IdCodice']}_{_transmission_number(invoice)}.xml"


def _transmission(invoice: Invoice, seller: Seller, buyer: Party, *, is_public: bool) -> dict[str, Any]:
    organization = invoice.organization
    code = buyer.sdi_code or organization.sdi_code
    pec = buyer.pec or organization.pec
    return {
        "IdTrasmittente": _number(seller),
        "ProgressivoInvio": _transmission_number(invoice),
        "FormatoTrasmissione": _PUBLIC if is_public else _PRIVATE,
        "CodiceDestinatario": (code or _NO_CODE)[: 6 if is_public else 7],
        "PECDestinatario": pec if pec and not code else None,
    }


def _transmission_number(invoice: Invoice) -> str:
    number = invoice.issued_on.year % _YEARS * _A_YEAR + invoice.sequence * 2 + invoice.is_credit_note
    written = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        written = _DIGITS[digit] + written
    return written.zfill(5)


def _body(invoice: Invoice, lines: Sequence[Line], seller: Seller, due: Money) -> dict[str, Any]:
    corrected = invoice.corrects
    return {
        "DatiGenerali": {
            "DatiGeneraliDocumento": {
                "TipoDocumento": _CREDIT_NOTE if invoice.is_credit_note else _INVOICE,
                "Divisa": invoice.currency,
                "Data": invoice.issued_on.isoformat(),
                "Numero": invoice.number,
                "ImportoTotaleDocumento": _amount(invoice.total),
                "Causale": _latin(invoice.reason, 200) or None,
            },
            "DatiFattureCollegate": {"IdDocumento": corrected.number, "Data": corrected.issued_on.isoformat()}
            if corrected
            else None,
        },
        "DatiBeniServizi": [
            *(("DettaglioLinee", _line(line, invoice)) for line in lines),
            *(("DatiRiepilogo", _summary(row, invoice.currency, invoice.issued_on)) for row in invoice.taxes),
        ],
        "DatiPagamento": {
            "CondizioniPagamento": _PAID_WHOLE,
            "DettaglioPagamento": {
                "Beneficiario": _latin(seller.name, 200),
                "ModalitaPagamento": _TRANSFER,
                "DataScadenzaPagamento": invoice.due_on.isoformat(),
                "ImportoPagamento": _amount(due),
                "IBAN": seller.iban,
                "CodicePagamento": invoice.payment_reference,
            },
        }
        if due and not invoice.is_credit_note
        else None,
    }


def _line(line: Line, invoice: Invoice) -> dict[str, Any]:
    unit_price, net = Money(line.unit_price_minor, invoice.currency), Money(line.net_minor, invoice.currency)
    less = (unit_price.times(line.quantity) - net).decimal / line.quantity
    starts_on = numbering.civil_date(line.starts_at) if line.starts_at else None
    last_on = numbering.civil_date(line.ends_at) - timedelta(days=1) if line.ends_at else None
    return {
        "NumeroLinea": str(line.position),
        "Descrizione": _latin(line.description, 1000) or "-",
        "Quantita": f"{line.quantity}.00",
        "DataInizioPeriodo": starts_on.isoformat() if starts_on else None,
        "DataFinePeriodo": max(starts_on, last_on).isoformat() if starts_on and last_on else None,
        "PrezzoUnitario": _fine(unit_price.decimal),
        "ScontoMaggiorazione": {"Tipo": "SC" if less > 0 else "MG", "Importo": _fine(abs(less))} if less else None,
        "PrezzoTotale": _fine(net.decimal),
        "AliquotaIVA": _rate(line.tax_rate),
        "Natura": _NATURE.get(Category(line.tax_category)),
        "AltriDatiGestionali": {"TipoDato": "RIFCLIENTE", "RiferimentoTesto": _latin(line.reference, 60)}
        if _latin(line.reference, 60)
        else None,
    }


def _summary(row: dict[str, Any], currency: str, on: date) -> dict[str, Any]:
    tax = Tax.from_json(row)
    nature = _NATURE.get(tax.category)
    return {
        "AliquotaIVA": _rate(tax.rate),
        "Natura": nature,
        "ImponibileImporto": _amount(Money(row["net_minor"], currency)),
        "Imposta": _amount(Money(row["tax_minor"], currency)),
        "EsigibilitaIVA": None if nature else "I",
        "RiferimentoNormativo": _latin(vat_rules.source_of(tax.rule, on) or str(tax.explanation), 100)
        if nature
        else None,
    }


def _has_number(party: Party) -> bool:
    return bool(party.vat_number)


def _tax_code(invoice: Invoice, buyer: Party) -> str:
    return (buyer.tax_code or str(invoice.organization.tax_code)).upper()


def _number(party: Party) -> dict[str, str]:
    """A VAT number as the format divides it: the country, and the rest; of Swiss ones only the digits."""
    written = "".join(one for one in party.vat_number.upper() if one.isascii() and one.isalnum())
    if party.country == "CH":
        return {"IdPaese": "CH", "IdCodice": "".join(one for one in written if one.isdigit())}
    has_prefix = written[:2].isalpha()
    return {"IdPaese": party.country, "IdCodice": written[2:] if has_prefix else written}


def _address(party: Party) -> dict[str, Any]:
    is_italian = party.country == "IT"
    postcode = "".join(one for one in party.postcode if one.isdigit())
    town = party.city if is_italian else f"{party.postcode} {party.city}"
    return {
        "Indirizzo": _latin(f"{party.street} {party.house_number}", 60) or "-",
        "CAP": postcode if is_italian and len(postcode) == len(_NO_POSTCODE) else _NO_POSTCODE,
        "Comune": _latin(town, 60) or "-",
        "Nazione": party.country,
    }


def _fill(parent: Any, content: Any) -> None:
    """Hang content below an element: text, or named parts in their order; what is None is left out."""
    if isinstance(content, str):
        parent.text = content
        return
    for name, part in content.items() if isinstance(content, dict) else content:
        if part is not None:
            _fill(etree.SubElement(parent, name), part)


def _amount(amount: Money) -> str:
    return f"{amount.decimal:.2f}"


def _fine(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.00000001'), ROUND_HALF_UP):f}"


def _rate(percent: Decimal) -> str:
    return f"{percent:.2f}"


_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "..."})


def _latin(text: str, longest: int) -> str:
    """Return text in Basic Latin and Latin-1, which is all that the format takes."""
    kept = []
    for one in unicodedata.normalize("NFC", text.translate(_PLAIN)):
        if " " <= one <= "~" or "\u00a0" <= one <= "\u00ff":
            kept.append(one)
        else:
            plain = "".join(part for part in unicodedata.normalize("NFKD", one) if " " <= part <= "~")
            kept.append(plain or " ")
    return " ".join("".join(kept).split())[:longest].strip()
