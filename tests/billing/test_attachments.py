from __future__ import annotations

import io
from datetime import date

import facturx
import pypdf
import pytest
from lxml import etree

from plancia.billing import attachments, documents
from tests.billing.conftest import bill

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def test_two_readers_find_the_data_and_the_pages_stay(lina):
    invoice = bill(lina)

    pdf = documents.render(invoice)

    reader = pypdf.PdfReader(io.BytesIO(pdf), strict=True)
    assert list(reader.attachments) == ["factur-x.xml"]
    assert facturx.get_xml_from_pdf(pdf, check_xsd=True)[1] == reader.attachments["factur-x.xml"][0]
    assert invoice.number in reader.pages[0].extract_text()
    specification = reader.trailer["/Root"]["/AF"][0].get_object()
    assert (specification["/AFRelationship"], specification["/UF"]) == ("/Alternative", "factur-x.xml")
    assert specification["/EF"]["/F"].get_object()["/Subtype"] == "/text/xml"


def test_the_metadata_declare_what_they_say_of_factur_x(lina):
    reader = pypdf.PdfReader(io.BytesIO(documents.render(bill(lina))))

    packet = etree.fromstring(reader.trailer["/Root"]["/Metadata"].get_object().get_data())

    said = {node.tag.removeprefix(FX): node.text for node in packet.iter() if str(node.tag).startswith(FX)}
    assert said == {
        "DocumentFileName": "factur-x.xml",
        "DocumentType": "INVOICE",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    extension = "{http://www.aiim.org/pdfa/ns/extension/}schemas"
    property_name = "{http://www.aiim.org/pdfa/ns/property#}name"
    (schemas,) = packet.iter(extension)
    assert set(said) <= {node.text for node in schemas.iter(property_name)}
    assert len(list(packet.iter(f"{RDF}RDF"))) == 1


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\n", b"%PDF-1.7\ntrailer\n<</Size 2/Root 1 0 R>>\nstartxref\n9\n%%EOF"])
def test_a_file_that_is_not_ours_is_refused(pdf: bytes):
    with pytest.raises(attachments.Unreadable):
        attachments.attach(pdf, b"<a/>", on=date(2026, 3, 2))


def test_nothing_is_attached_twice(lina):
    pdf = documents.render(bill(lina))

    with pytest.raises(attachments.Unreadable):
        attachments.attach(pdf, b"<a/>", on=date(2026, 3, 2))
