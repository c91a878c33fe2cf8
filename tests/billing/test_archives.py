from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

import pytest

from plancia.billing import archives, credit_notes, documents
from plancia.billing.models import Archive, Document
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.outbox import delivery
from tests.billing.conftest import AT, bill, draft, money_in

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def ask(organization, first_on=YEAR[0], last_on=YEAR[1]) -> Archive:
    return archives.ask(organization_id=organization.pk, first_on=first_on, last_on=last_on, actor=SYSTEM, at=AT)


def unpacked(archive: Archive, language: str = "en") -> dict[str, bytes]:
    with archives.file(archive, language=language) as packed, zipfile.ZipFile(packed) as pack:
        assert pack.testzip() is None
        return {name: pack.read(name) for name in pack.namelist()}


def test_the_worker_renders_what_is_missing_and_the_archive_holds_all(lina, found):
    invoices = [bill(lina) for _ in range(3)]
    bill(found(name="Somebody else"))
    already = documents.pdf(invoices[0])
    archive = ask(lina)

    assert archives.render_due(at=AT) == 1

    archive.refresh_from_db()
    files = unpacked(archive)
    assert (archive.ready, archive.total, archive.finished_at) == (3, 3, AT)
    assert set(files) == {"2026-000001.pdf", "2026-000002.pdf", "2026-000003.pdf", "invoices.csv"}
    assert files["2026-000001.pdf"] == already
    assert all(files[name].startswith(b"%PDF") for name in files if name.endswith(".pdf"))
    assert archives.render_due(at=AT) == 0


def test_killed_on_the_way_it_goes_on_where_it_was(lina, monkeypatch):
    for _ in range(5):
        bill(lina)
    archive = ask(lina)
    monkeypatch.setattr(archives, "_STEP", 2)
    rendered = []
    render = documents.render

    def dying(invoice):
        if len(rendered) == 3:
            raise KeyboardInterrupt
        rendered.append(invoice.number)
        return render(invoice)

    monkeypatch.setattr(documents, "render", dying)
    with pytest.raises(KeyboardInterrupt):
        archives.render_due(at=AT)
    archive.refresh_from_db()
    assert (archive.ready, archive.finished_at, Document.objects.count()) == (2, None, 3)

    monkeypatch.setattr(documents, "render", render)
    archives.render_due(at=AT)

    archive.refresh_from_db()
    assert archive.ready == 5
    assert len(unpacked(archive)) == 6


def test_asking_twice_is_asking_once_while_it_is_made(lina):
    bill(lina)

    assert ask(lina) == ask(lina, *reversed(YEAR))

    archives.render_due(at=AT)
    assert ask(lina).pk != Archive.objects.order_by("requested_at", "pk")[0].pk


def test_nothing_and_what_is_not_ready_are_refused(lina):
    with pytest.raises(archives.NothingToArchive):
        ask(lina)
    bill(lina)
    with pytest.raises(archives.ArchiveNotReady, match="0 of 1"):
        archives.file(ask(lina), language="en")


def test_what_was_issued_after_it_was_asked_for_is_not_in_it(lina):
    from datetime import timedelta

    bill(lina)
    archive = ask(lina)
    bill(lina, at=AT + timedelta(hours=1))

    archives.render_due(at=AT)

    archive.refresh_from_db()
    assert [name for name in unpacked(archive) if name.endswith(".pdf")] == ["2026-000001.pdf"]


def test_the_list_says_what_spreadsheets_need_and_runs_nothing(found):
    hostile = found(name='=HYPERLINK("http://bad")', recipient='=HYPERLINK("http://bad")', currency="EUR", country="IT")
    invoice = bill(hostile, draft(10_000, "EUR"))
    money_in(hostile, Money(2_000, "EUR"), purpose=invoice.public_id)
    delivery.tell_untold(at=AT)
    (line,) = invoice.lines.all()
    credit_notes.credit(invoice_id=invoice.pk, reason="", actor=SYSTEM, at=AT, nets={line.pk: Money(1_000, "EUR")})
    archive = ask(hostile)
    archives.render_due(at=AT)
    archive.refresh_from_db()

    text = unpacked(archive, "it")["invoices.csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [row["Numero"] for row in rows] == ["2026-000001", "C2026-000001"]
    assert [(row["Netto"], row["IVA"], row["Totale"]) for row in rows] == [
        ("100.00", "22.00", "122.00"),
        ("-10.00", "-2.20", "-12.20"),
    ]
    assert rows[0]["Ancora da pagare"] == "89.80"
    assert rows[0]["Destinatario"].startswith("'=")
