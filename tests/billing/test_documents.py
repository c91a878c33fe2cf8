from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import facturx
import pypdf
import pypdfium2
import pytest
from django.db import connections
from stdnum.ch import esr

from plancia.billing import credit_notes, documents, parties, references, vat
from plancia.billing.documents import ProForma
from plancia.billing.models import Document
from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.outbox import delivery
from tests import people
from tests.billing.conftest import AT, bill, draft, money_in
from tests.printed import codes_in, text_of

YEAR = Period.term(AT, after_months=0, months=12)


@pytest.mark.parametrize("currency", ["CHF", "EUR"])
def test_the_code_of_an_open_invoice_asks_for_what_is_open(found, currency: str):
    organization = found(currency=currency)
    invoice = bill(organization)

    (code,) = codes_in(documents.render(invoice))

    assert (code[0], code[3]) == ("SPC", invoice.seller["iban"])
    assert (Decimal(code[18]), code[19]) == (invoice.total.decimal, organization.currency)
    assert code[20:22] == ["S", organization.recipient]
    assert code[27:30] == ["SCOR", invoice.payment_reference, invoice.number]


@pytest.mark.parametrize("case", ["italian person", "german company"])
def test_abroad_the_code_is_a_transfer_that_banking_apps_read(cast, case: str):
    invoice = bill(cast[case])

    (code,) = codes_in(documents.render(invoice))

    assert code == [
        "BCD",
        "002",
        "1",
        "SCT",
        "ALPHCHGGXXX",
        "Alpina Hosting SA",
        invoice.seller["iban"],
        f"EUR{invoice.total.decimal:.2f}",
        "",
        invoice.payment_reference,
    ]


def test_a_seller_with_a_qr_iban_is_paid_there_by_qr_reference(lina, settings, tmp_path):
    file = tmp_path / "provider.toml"
    file.write_text(parties.BUNDLED.read_text().replace("# qr_iban", "qr_iban"))
    settings.PROVIDER = str(file)
    invoice = bill(lina)

    (code,) = codes_in(documents.render(invoice))

    assert (code[3], code[27:29]) == ("CH4431999123000889012", ["QRR", "000000000000000020260000018"])
    assert esr.is_valid(code[28])
    assert code[28] == invoice.qr_reference


def test_a_credit_note_over_a_part_says_so_and_why(lina):
    invoice = bill(lina, draft(10_000), draft(500))
    line = invoice.lines.get(position=2)
    note = credit_notes.credit(
        invoice_id=invoice.pk,
        reason="Migrazione non riuscita",
        actor=SYSTEM,
        at=AT,
        nets={line.pk: Money(200, "CHF")},
    )

    text = " ".join(text_of(documents.render(note)).split())

    assert "Migrazione non riuscita" in text
    assert f"parte della fattura {invoice.number}" in text


def test_a_part_that_was_paid_is_not_asked_for_again(lina):
    invoice = bill(lina)
    money_in(lina, Money(4_000, "CHF"), purpose=invoice.public_id)
    delivery.tell_untold(at=AT)

    (code,) = codes_in(documents.render(invoice))

    assert code[18] == "68.10"


def test_a_paid_invoice_invites_no_second_payment(lina):
    invoice = bill(lina)
    money_in(lina, invoice.total, purpose=invoice.public_id)
    delivery.tell_untold(at=AT)
    invoice.refresh_from_db()

    pdf = documents.render(invoice)

    assert codes_in(pdf) == []
    assert "2 marzo 2026" in text_of(pdf)
    assert "RF" not in text_of(pdf)


def test_a_credit_note_names_what_it_takes_back_and_asks_for_nothing(lina):
    invoice = bill(lina)
    note = credit_notes.credit(invoice_id=invoice.pk, reason="", actor=SYSTEM, at=AT)

    pdf = documents.render(note)

    assert codes_in(pdf) == []
    assert {note.number, invoice.number} <= set(text_of(pdf).replace(".", " ").split())


def test_the_paper_says_parties_lines_tax_and_total(cast):
    invoice = bill(cast["german company"], draft(11_880, "EUR", "Webhosting (aurora.ch)", period=YEAR))

    text = text_of(documents.render(invoice))

    for said in ("Nordlicht GmbH", "DE136695976", "CHE-123.456.788 TVA", "Webhosting (aurora.ch)", "02.03.2026"):
        assert said in text
    assert "118,80" in text
    assert "2006/112/EG" in text


def test_the_file_is_pdf_a_3b_with_the_data_inside(lina):
    invoice = bill(lina)

    pdf = documents.render(invoice)

    root = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    name, xml = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert "/OutputIntents" in root
    assert root["/AF"][0].get_object()["/AFRelationship"] == "/Alternative"
    assert name == "factur-x.xml"
    assert invoice.number.encode() in xml


def test_nothing_in_the_file_is_from_the_machine_it_was_made_on(lina):
    pdf = pypdf.PdfReader(io.BytesIO(documents.render(bill(lina))))

    fonts = {
        str(font.get_object()["/BaseFont"]).split("+")[1].split("-")[0]
        for page in pdf.pages
        for font in page["/Resources"]["/Font"].values()
    }

    assert fonts == {"Inter", "Arimo"}


def test_sixty_lines_make_several_numbered_pages_with_one_payment_part(lina):
    pdf = documents.render(bill(lina, *[draft(100 * place, description=f"Product {place}") for place in range(1, 61)]))

    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) >= 3
    assert all(f"Pagina {place} di {len(pages)}" in text for place, text in enumerate(pages[:-1], start=1))
    assert all(f"Product {place}" in "\n".join(pages) for place in range(1, 61))
    assert len(codes_in(pdf)) == 1


HOSTILE = [
    "<script>alert(1)</script>",
    '#let x = 1; #read("/etc/passwd") $sum_(i=0)^n$ *b* _i_ `raw` // @label \\ "quote"',
    "x" * 500,
    "W" * 200 + " " + "i" * 300,
    "🎉😀👨‍👩‍👧 日本語 ไทย",
    "مرحبا بالعالم \u202e gnirts",
    "שלום עולם",
    "\u0000\u0007 tab\tnew\nline".replace("\u0000", ""),
    "very long description " * 300,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_no_text_breaks_the_paper_or_is_read_as_markup(found, text: str):
    organization = found(name=text[:200], recipient=text[:200], street=text[:100], city=text[:100], house_number="1")

    pdf = documents.render(bill(organization, draft(description=text)))

    assert len(codes_in(pdf)) == 1
    for page in pypdfium2.PdfDocument(pdf):
        width = page.get_size()[0]
        boxes = [thing.get_bounds() for thing in page.get_objects(filter=[1])]
        assert all(left >= 0 and right <= width for left, _bottom, right, _top in boxes)
    if text.startswith("#let"):
        assert "#read" in text_of(pdf)


def test_a_document_is_rendered_once_and_kept(lina):
    invoice = bill(lina)

    first = documents.pdf(invoice)
    money_in(lina, invoice.total, purpose=invoice.public_id)
    delivery.tell_untold(at=AT)
    invoice.refresh_from_db()

    kept = Document.objects.get()
    assert documents.pdf(invoice) == first == bytes(kept.content)
    assert kept.sha256 == hashlib.sha256(first).hexdigest()


def test_asked_for_four_times_at_once_all_get_the_same(lina):
    invoice = bill(lina)

    def ask(_turn: int) -> bytes:
        try:
            with transaction.as_staff():
                return documents.pdf(invoice)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(ask, range(4)))) == 1
    assert Document.objects.count() == 1


def test_the_web_renders_and_keeps_within_its_organization(db):
    with transaction.as_staff():
        organization = people.borea(people.person("lina@example.ch"))
        invoice = bill(organization)

    with tenancy.within(organization.pk):
        pdf = documents.pdf(invoice)

    with transaction.as_staff():
        assert bytes(Document.objects.get().content) == pdf


def test_a_pro_forma_can_be_paid_and_says_that_it_is_no_invoice(cast):
    buyer = parties.buyer(cast["italian person"])
    tax = vat.tax_for(buyer, on=date(2026, 3, 2))
    lines = [draft(11_880, "EUR"), draft(1_500, "EUR", "Domain name")]
    reference = references.for_order("2026-000007")

    pdf = documents.pro_forma(
        ProForma(
            number="2026-000007",
            issued_on=date(2026, 3, 2),
            due_on=date(2026, 4, 1),
            language="it",
            buyer=buyer,
            lines=lines,
            totals=vat.totals([line.net for line in lines], tax, "EUR"),
            reference=reference,
        )
    )

    (code,) = codes_in(pdf)
    assert (code[7], code[9]) == ("EUR163.24", reference)
    assert "2026-000007" in text_of(pdf)
    assert pypdf.PdfReader(io.BytesIO(pdf)).attachments == {}
