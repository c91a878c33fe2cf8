"""
Attachments: an invoice's data carried inside its PDF, as Factur-X.

typst writes the whole file; we append to it, as PDF allows, the attachment and new versions of the two objects that
must name it. That takes a millisecond, where reading and writing the file anew takes forty.

Source: ISO 32000-1, 7.5.6 (incremental updates) and 7.11.4; ISO 19005-3; Factur-X 1.09, section 6.
"""

from __future__ import annotations

import re
import zlib
from datetime import date

_TRAILER = re.compile(rb"trailer\s*<<(?P<entries>.*)>>\s*startxref\s+(?P<start>\d+)\s+%%EOF\s*$", re.DOTALL)
_NAME = "factur-x.xml"
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
#: What the extension schema declares, and what it says of every document of ours.
_PROPERTIES = {
    "DocumentFileName": ("The name of the embedded XML document", _NAME),
    "DocumentType": ("The type of the hybrid document", "INVOICE"),
    "Version": ("The version of the standard", "1.0"),
    "ConformanceLevel": ("The conformance level of the embedded document", "EN 16931"),
}


class Unreadable(ValueError):
    """The file is not one that we wrote: its cross-references are not a plain table at its end."""


def attach(pdf: bytes, xml: bytes, *, on: date) -> bytes:
    """Return a PDF/A-3 of ours with the XML of its invoice inside. Raises: Unreadable."""
    end = _TRAILER.search(pdf, max(0, len(pdf) - 2_048))
    if end is None:
        raise Unreadable("no trailer at the end")
    entries, start = end["entries"], int(end["start"])
    size, root = _number(entries, b"Size"), _number(entries, b"Root")
    catalog = _object(pdf, start, root)
    metadata = _number(catalog, b"Metadata")
    packed = zlib.compress(xml)
    stream, specification = size, size + 1
    changed = {
        metadata: _metadata(_object(pdf, start, metadata)),
        root: _with_attachment(catalog, specification),
        stream: b"<</Type/EmbeddedFile/Subtype/text#2Fxml/Filter/FlateDecode"
        + f"/Params<</Size {len(xml)}/ModDate(D:{on:%Y%m%d}120000Z)>>/Length {len(packed)}>>\nstream\n".encode()
        + packed
        + b"\nendstream",
        specification: f"<</Type/Filespec/F({_NAME})/UF({_NAME})/Desc(Factur-X)/AFRelationship/Alternative"
        f"/EF<</F {stream} 0 R/UF {stream} 0 R>>>>".encode(),
    }
    return _appended(pdf, changed, entries, start)


def _appended(pdf: bytes, changed: dict[int, bytes], entries: bytes, start: int) -> bytes:
    parts = [pdf if pdf.endswith(b"\n") else pdf + b"\n"]
    length, offsets = len(parts[0]), {}
    for number, body in sorted(changed.items()):
        offsets[number] = length
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        length += len(parts[-1])
    table = b"".join(b"%d 1\n%010d 00000 n\r\n" % (number, offset) for number, offset in sorted(offsets.items()))
    kept = re.sub(rb"/Size \d+", b"/Size %d" % (max(changed) + 1), entries)
    parts.append(b"xref\n%btrailer\n<<%b/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (table, kept, start, length))
    return b"".join(parts)


def _object(pdf: bytes, start: int, number: int) -> bytes:
    """Return the body of an object, by the table of cross-references, whose lines are twenty bytes long."""
    head = re.compile(rb"xref\s+0 \d+\s*\n").match(pdf, start)
    if head is None:
        raise Unreadable("its cross-references are no plain table")
    line = pdf[head.end() + 20 * number : head.end() + 20 * (number + 1)]
    begin = re.compile(rb"\s*%d 0 obj\s*" % number).match(pdf, int(line[:10]))
    if begin is None:
        raise Unreadable(f"object {number} is not where it should be")
    return pdf[begin.end() : pdf.index(b"endobj", begin.end())].rstrip()


def _number(entries: bytes, name: bytes) -> int:
    found = re.search(rb"/%b (\d+)" % name, entries)
    if found is None:
        raise Unreadable(f"no {name.decode()}")
    return int(found[1])


def _with_attachment(catalog: bytes, specification: int) -> bytes:
    if b"/AF" in catalog or b"/Names" in catalog:
        raise Unreadable("it carries something already")
    named = b"/AF[%d 0 R]/Names<</EmbeddedFiles<</Names[(%b) %d 0 R]>>>>>>" % (
        specification,
        _NAME.encode(),
        specification,
    )
    return catalog.removesuffix(b">>") + named


def _metadata(body: bytes) -> bytes:
    """Return the metadata with what Factur-X adds: the schema of its properties, and their values."""
    packet = body[body.index(b"stream") + len(b"stream") : body.rindex(b"endstream")].strip(b"\r\n")
    declaring = b"</rdf:Bag></pdfaExtension:schemas>"
    if packet.count(declaring) != 1:
        raise Unreadable("its metadata declare their schemas in another way")
    declared = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, (meaning, _value) in _PROPERTIES.items()
    )
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (_meaning, value) in _PROPERTIES.items())
    schema = (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{declared}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    said = f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">{values}</rdf:Description></rdf:RDF>'
    packet = packet.replace(declaring, schema.encode() + declaring, 1).replace(b"</rdf:RDF>", said.encode(), 1)
    return b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%b\nendstream" % (len(packet), packet)
