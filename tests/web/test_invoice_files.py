"""Invoices as files, the archive, billing addresses and the customer's references: the pages, over HTTP."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from django.test import Client
from lxml import etree

from plancia.accounts.models import User
from plancia.billing import archives, issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Address, Invoice
from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from tests.people import aurora, borea, person
from tests.web import shapes

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def ada(db) -> User:
    return person("ada@aurora.example")


@pytest.fixture
def mine(ada) -> Organization:
    return aurora(ada)


@pytest.fixture
def browser(ada, mine) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(ada)
    return client


def bill(organization: Organization, net: int = 10_000, subject: str = "") -> Invoice:
    money = Money(net, organization.currency)
    with transaction.as_staff():
        return issuing.issue(
            organization_id=organization.pk,
            lines=[LineDraft("Web hosting", 2, money, money, subject=subject, discount_reason="Welcome, half off")],
            purpose="",
            buyer=parties.buyer(organization),
            currency=organization.currency,
            language="en",
            due_on=AT.date(),
            at=AT,
            actor=SYSTEM,
        )


def path(organization: Organization, rest: str) -> str:
    return f"/o/{organization.public_id}/accounting/{rest}"


def test_an_invoice_is_handed_out_as_ubl_and_to_italy_as_fattura_pa(browser, mine):
    with transaction.as_staff():
        mine.vat_number, mine.vat_number_state = "IT00743110157", "valid"
        mine.save()
    invoice = bill(mine)

    ubl = browser.get(path(mine, f"invoices/{invoice.public_id}/ubl/"))
    italian = browser.get(path(mine, f"invoices/{invoice.public_id}/fattura-pa/"))

    assert etree.fromstring(ubl.content).tag.endswith("}Invoice")
    assert etree.fromstring(italian.content).findtext(".//Numero") == invoice.number
    assert 'filename="CH' in italian.headers["Content-Disposition"]
    assert "FatturaPA" in browser.get(path(mine, f"invoices/{invoice.public_id}/")).content.decode()


def test_a_missing_codice_fiscale_leads_to_where_it_is_entered(browser, mine):
    with transaction.as_staff():
        mine.vat_number, mine.vat_number_state = "", "none"
        mine.save()
    invoice = bill(mine)

    answer = browser.get(path(mine, f"invoices/{invoice.public_id}/fattura-pa/"), follow=True)

    assert answer.redirect_chain == [(path(mine, "addresses/in-use/"), 302)]
    assert "codice fiscale" in answer.content.decode()


def test_the_csv_is_narrowed_as_the_page_is(browser, mine):
    bill(mine), bill(mine)

    all_ = browser.get(path(mine, "invoices/list.csv")).content.decode("utf-8-sig").splitlines()
    none = browser.get(path(mine, "invoices/list.csv?show=paid")).content.decode("utf-8-sig").splitlines()

    assert (len(all_), len(none)) == (3, 1)
    assert all_[0].startswith("Number,Kind,Issued")


def test_an_archive_is_asked_for_made_and_fetched(browser, mine):
    bill(mine)
    asked = browser.post(path(mine, "invoices/archives/"), {"first_on": "2026-01-01", "last_on": "2026-12-31"})
    assert asked.status_code == 302
    page = browser.get(path(mine, "invoices/archives/")).content.decode()
    assert "0 of 1 documents are ready" in page
    assert 'data-behaviour="refresh"' in page
    with transaction.as_staff():
        (archive,) = archives.newest(mine.pk)
        address = path(mine, f"invoices/archives/{archive.public_id}/")
        assert browser.get(address).status_code == 302
        archives.render_due(at=clock.now())

    packed = b"".join(browser.get(address).streaming_content)

    assert sorted(zipfile.ZipFile(io.BytesIO(packed)).namelist()) == ["2026-000001.pdf", "invoices.csv"]
    assert address in browser.get(path(mine, "invoices/archives/")).content.decode()


def test_days_without_invoices_and_nonsense_are_told_at_the_field(browser, mine):
    for days, said in [
        ({"first_on": "2020-01-01", "last_on": "2020-12-31"}, "There is no invoice between these days."),
        ({"first_on": "yesterday", "last_on": "2020-12-31"}, "yesterday"),
    ]:
        answer = browser.post(path(mine, "invoices/archives/"), days)

        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_archives_and_files_of_others_do_not_exist(browser, mine, ada):
    theirs = borea(person("ben@example.com"))
    invoice = bill(theirs)
    with transaction.as_staff():
        archive = archives.ask(
            organization_id=theirs.pk, first_on=AT.date(), last_on=AT.date(), actor=SYSTEM, at=clock.now()
        )
        archives.render_due(at=clock.now())

    for rest in (
        f"invoices/archives/{archive.public_id}/",
        f"invoices/{invoice.public_id}/ubl/",
        f"invoices/{invoice.public_id}/fattura-pa/",
    ):
        assert browser.get(path(mine, rest)).status_code == 404


def test_the_book_of_addresses_is_kept_over_http(browser, mine):
    book = path(mine, "addresses/")
    typed = {"recipient": "Aurora Milano", "postcode": "20121", "city": "Milano", "country": "IT", "email": ""}

    wrong = browser.post(f"{book}new/", {**typed, "vat_number": "IT00743110158"})
    assert wrong.status_code == 422
    assert "Aurora Milano" in wrong.content.decode()
    assert "is not a VAT number of this country" in wrong.content.decode()

    assert browser.post(f"{book}new/", {**typed, "vat_number": "IT00743110157"}).status_code == 302
    with transaction.as_staff():
        row = Address.objects.get(is_used=False)
    assert browser.post(f"{book}{row.public_id}/removal/").status_code == 302
    assert browser.post(f"{book}new/", typed).status_code == 302
    with transaction.as_staff():
        row = Address.objects.get(is_used=False)
    assert browser.post(f"{book}{row.public_id}/use/").status_code == 302
    assert browser.get(f"{book}{row.public_id}/").status_code == 200
    page = browser.get(book).content.decode()
    assert "Aurora Milano" in page
    with transaction.as_staff():
        mine.refresh_from_db()
    assert (mine.recipient, mine.vat_number) == ("Aurora Milano", "")


def test_an_invoice_says_why_each_amount_and_carries_the_reference(browser, mine):
    with transaction.as_staff():
        shapes.catalogue(AT)
        (product,) = shapes.products(mine, 1, at=AT)
    address = f"/o/{mine.public_id}/products/{product.public_id}/reference/"
    assert browser.post(address, {"reference": "KST 4711"}).status_code == 302
    assert 'value="KST 4711"' in browser.get(address).content.decode()
    invoice = bill(mine, subject=product.public_id)

    page = browser.get(path(mine, f"invoices/{invoice.public_id}/")).content.decode()

    assert "Your reference: KST 4711" in page
    assert "Welcome, half off" in page
    assert "Directive 2006/112/EC" in page
    assert "Why this amount?" in page
