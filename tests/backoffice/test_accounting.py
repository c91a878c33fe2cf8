"""The accountants' pages: an invoice, taking it back, VAT, open items, the ledger."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger.models import Account
from tests import people

PAGES = ["invoices/", "vat/?first=2020-01-01&last=2099-12-31", "open-items/", "ledger/", "ledger/headings/receivable/"]


@pytest.fixture
def nora(db) -> Client:
    """Nora, an accountant of the provider's staff, signed in."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(people.person("nora@provider.example", is_staff=True, staff_roles=["billing"]))
    return client


@pytest.fixture
def aurora(db):
    return people.aurora(people.person("ada@aurora.example"))


def bill(organization, number: int = 1) -> Invoice:
    money = Money(10_000, organization.currency)
    at = clock.now()
    with transaction.as_staff():
        lines = [LineDraft("Web hosting", 1, money, money), LineDraft("Domain name", 1, money, money)]
        draft = issuing.InvoiceDraft(
            organization_id=organization.pk,
            lines=lines,
            purpose="",
            buyer=parties.buyer(organization),
            currency=organization.currency,
            language="en",
            due_on=at.date(),
        )
        return issuing.issue_all([draft] * number, at=at, actor=SYSTEM)[0]


def fresh(invoice: Invoice) -> Invoice:
    with transaction.as_staff():
        return Invoice.objects.get(pk=invoice.pk)


def differences() -> list[books.Difference]:
    return books.differences()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_the_same_for_one_row_and_for_many(nora, aurora, path):
    def cost() -> int:
        with CaptureQueriesContext(connections["staff"]) as asked:
            assert nora.get(f"/staff/{path}").status_code == 200
        return len(asked)

    bill(aurora)
    cost()
    few = cost()
    bill(aurora, 30)
    bill(people.borea(people.person("ben@borea.example")), 30)

    assert cost() == few <= 10


def test_pages_open_when_there_is_nothing(nora):
    for path in ("invoices/", "vat/", "open-items/", "ledger/", "ledger/headings/tax/", "ledger/?q=inv_x"):
        assert nora.get(f"/staff/{path}").status_code == 200, path
    for path in ("invoices/inv_x/", "ledger/headings/unknown/", "ledger/accounts/acc_x/", "ledger/postings/txn_x/"):
        assert nora.get(f"/staff/{path}").status_code == 404, path
    assert nora.get("/staff/ledger/documents/inv_x/").status_code == 404


def test_a_part_is_credited_with_a_reason_and_once_however_often_it_is_sent(nora, aurora):
    invoice = bill(aurora)
    address = f"/staff/invoices/{invoice.public_id}/credit-note/"
    assert 'value="100.00"' in nora.get(address).content.decode()
    sent = {"line_1": "30.00", "line_2": "", "reason": "Slow for a week", "seen": "0"}

    first, second = nora.post(address, sent), nora.post(address, sent)

    assert first.status_code == 302
    assert second.status_code == 422
    assert "Meanwhile EUR 30.00 of this invoice was credited" in second.content.decode()
    assert "Slow for a week" in second.content.decode()
    page = nora.get(first.headers["Location"]).content.decode()
    assert "Slow for a week" in page
    assert invoice.number in page
    with transaction.as_staff():
        (note,) = Invoice.objects.filter(corrects=invoice)
    assert (note.net_minor, note.reason) == (3_000, "Slow for a week")
    assert differences() == []


def test_the_whole_is_credited_by_what_the_form_proposes(nora, aurora):
    invoice = bill(aurora)
    sent = {"line_1": "100.00", "line_2": "100.00", "reason": "Ordered twice", "seen": "0"}

    nora.post(f"/staff/invoices/{invoice.public_id}/credit-note/", sent)

    assert fresh(invoice).state == "credited"
    assert "Issue the credit note" not in nora.get(f"/staff/invoices/{invoice.public_id}/").content.decode()
    assert differences() == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"line_1": "100.01", "reason": "x"}, "up to EUR 100.00 can be credited"),
        ({"line_1": "-1", "reason": "x"}, "up to EUR 100.00 can be credited"),
        ({"line_1": "", "reason": "x"}, "at least one line"),
        ({"line_1": "1.005", "reason": "x"}, "2 decimal places"),
        ({"line_1": "1", "reason": ""}, "required"),
    ],
)
def test_what_cannot_be_credited_is_told_and_nothing_is_lost(nora, aurora, sent, said):
    invoice = bill(aurora)

    answer = nora.post(f"/staff/invoices/{invoice.public_id}/credit-note/", {"seen": "0", **sent})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert f'value="{sent["line_1"]}"' in answer.content.decode() or not sent["line_1"]
    assert fresh(invoice).state == "open"


def test_support_sees_invoices_and_credits_none(db, aurora):
    invoice = bill(aurora)
    support = Client()
    support.force_login(people.person("sam@provider.example", is_staff=True, staff_roles=["support"]))

    page = support.get(f"/staff/invoices/{invoice.public_id}/")
    assert page.status_code == 200
    assert "receivable:" not in page.content.decode()
    for path in (f"invoices/{invoice.public_id}/credit-note/", "vat/", "open-items/", "ledger/"):
        assert support.get(f"/staff/{path}").status_code == 403, path


def test_the_vat_of_some_days_is_shown_and_handed_out(nora, aurora):
    bill(aurora)

    page = nora.get("/staff/vat/?first=2020-01-01&last=2099-12-31").content.decode()
    rows = list(
        csv.DictReader(io.StringIO(nora.get("/staff/vat/report.csv?first=2020-01-01&last=2099-12-31").content.decode()))
    )
    wrong = nora.get("/staff/vat/?first=2026-02-01&last=2026-01-01")

    assert "The ledger says the same" in page
    assert [(row["Country"], row["VAT rate"], row["Net"], row["VAT"]) for row in rows] == [
        ("IT", "22", "200.00", "44.00")
    ]
    assert wrong.status_code == 422
    assert "The last day comes before the first." in wrong.content.decode()


def test_open_items_of_a_day(nora, aurora):
    bill(aurora)

    page = nora.get("/staff/open-items/").content.decode()
    before = nora.get("/staff/open-items/?on=2020-01-01").content.decode()

    assert "Aurora Srl" in page
    assert "€244.00" in page
    assert "Aurora Srl" not in before


def test_the_ledger_is_walked_from_a_document_to_its_account_and_back(nora, aurora):
    invoice = bill(aurora)
    with transaction.as_staff():
        account = Account.objects.get(code__startswith="receivable:")

    page = nora.get(f"/staff/invoices/{invoice.public_id}/").content.decode()
    entries = nora.get(f"/staff/ledger/accounts/{account.public_id}/").content.decode()
    posting = nora.get(f"/staff/ledger/documents/{invoice.public_id}/", follow=True).content.decode()

    assert f"/staff/ledger/accounts/{account.public_id}/" in page
    assert f"{invoice.public_id}:issued" in entries
    assert f'href="/staff/invoices/{invoice.public_id}/"' in posting
    assert account.code in posting
