"""Issuing many invoices at once, and for several legal entities of the provider."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.audit.models import Entry as TrailEntry
from plancia.billing import chart, credit_notes, issuing, parties
from plancia.billing.issuing import InvoiceDraft
from plancia.billing.models import Invoice, Line, ProductReference
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger.models import Transaction
from plancia.ledger.queries import balance
from plancia.outbox.models import Fact
from tests import racing
from tests.billing.conftest import AT, DUE, PURPOSE, bill, draft

SECOND = """
[[entity]]
code = "IT"
countries = ["IT", "SM"]
name = "Alpina Hosting Italia Srl"
street = "Via Torino"
house_number = "2"
postcode = "20123"
city = "Milano"
country = "IT"
email = "fatture@alpina-hosting.example"
vat_number = "IT00743110157"
[entity.bank]
iban = "IT60X0542811101000000123456"
"""


def wanted(organization, *nets: int) -> InvoiceDraft:
    return InvoiceDraft(
        organization_id=organization.pk,
        lines=[draft(net, organization.currency) for net in nets],
        purpose=PURPOSE,
        buyer=parties.buyer(organization),
        currency=organization.currency,
        language=organization.language,
        due_on=DUE,
    )


@pytest.fixture
def two_entities(settings, tmp_path: Path):
    file = tmp_path / "provider.toml"
    file.write_text(parties.BUNDLED.read_text() + SECOND)
    settings.PROVIDER = str(file)


def test_a_batch_is_numbered_in_its_order(cast):
    invoices = issuing.issue_all([wanted(one, 10_000) for one in cast.values()], at=AT, actor=SYSTEM)

    assert [invoice.number for invoice in invoices] == [f"2026-{place:06}" for place in range(1, 6)]
    assert [invoice.organization for invoice in invoices] == list(cast.values())
    assert [invoice.tax_minor for invoice in invoices] == [810, 2_200, 0, 0, 2_000]
    assert Fact.objects.filter(name="invoice.issued").count() == 5
    assert TrailEntry.objects.filter(action="invoice.issued").count() == 5
    assert books.differences() == []


def test_a_batch_costs_as_many_statements_as_one_invoice(cast):
    organization = cast["swiss person"]
    bill(organization)

    counts = []
    for size in (1, 8, 40):
        with transaction.as_staff(), CaptureQueries() as captured:
            issuing.issue_all([wanted(organization, 100)] * size, at=AT, actor=SYSTEM)
        counts.append(captured.number)

    # One posting is written by one statement; a batch of them by two COPYs, transactions and entries.
    alone, few, many = counts
    assert (alone, few) == (18, 19)
    assert many == few


class CaptureQueries:
    def __enter__(self) -> CaptureQueries:
        connection = transaction.connection()
        connection.force_debug_cursor = True
        self.before = len(connection.queries_log)
        return self

    def __exit__(self, *error: object) -> None:
        connection = transaction.connection()
        self.number = len(connection.queries_log) - self.before
        connection.force_debug_cursor = False


def test_one_bad_draft_leaves_nothing_behind(lina):
    with pytest.raises(issuing.BelowZero):
        issuing.issue_all([wanted(lina, 100), wanted(lina, -1)], at=AT, actor=SYSTEM)

    assert not Invoice.objects.exists()
    assert not Transaction.objects.exists()
    assert bill(lina).number == "2026-000001"


def test_batches_at_once_leave_no_gap(found):
    organizations = [found() for _ in range(3)]

    def issue(place: int) -> None:
        mine = organizations[place % 3 :] + organizations[: place % 3]
        with transaction.as_staff():
            issuing.issue_all([wanted(one, 100) for one in mine * 4], at=AT, actor=SYSTEM)

    assert racing.at_once(6, issue) == ["done"] * 6

    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 73))
    assert books.differences() == []
    connections.close_all()


def test_lines_carry_the_reference_that_the_customer_gave_his_product(lina):
    ProductReference.objects.create(organization=lina, subject="sub_1", text="KST 4711")

    bill(lina, draft(subject="sub_1"), draft(subject="sub_2"))

    assert list(Line.objects.order_by("position").values_list("reference", flat=True)) == ["KST 4711", ""]


def test_each_legal_entity_has_its_series_its_tax_and_its_revenue(two_entities, cast):
    swiss, italian = cast["swiss person"], cast["italian person"]

    invoices = issuing.issue_all([wanted(one, 10_000) for one in (italian, swiss, italian)], at=AT, actor=SYSTEM)
    note = credit_notes.credit(invoice_id=invoices[0].pk, reason="wish", actor=SYSTEM, at=AT)

    assert [one.number for one in invoices] == ["IT-2026-000001", "2026-000001", "IT-2026-000002"]
    assert note.number == "IT-C2026-000001"
    assert invoices[0].seller["name"] == "Alpina Hosting Italia Srl"
    assert balance(chart.tax("IT", "EUR", "IT")) == Money(-2_200, "EUR")
    assert balance(chart.revenue("EUR", "IT")) == Money(-10_000, "EUR")
    assert balance(chart.revenue("CHF")) == Money(-10_000, "CHF")
    assert not balance(chart.tax("IT", "EUR"))
    assert books.differences() == []


def test_a_legal_entity_that_is_not_whole_is_refused_with_what_is_wrong(tmp_path: Path):
    from django.core.exceptions import ImproperlyConfigured

    file = tmp_path / "provider.toml"
    file.write_text(
        parties.BUNDLED.read_text() + SECOND.replace('"IT", "SM"', "").replace('code = "IT"', 'code = "it1"')
    )

    with pytest.raises(ImproperlyConfigured, match=r"(?s)entity 1: countries.*entity 1: code"):
        parties.read_all(file)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(st.lists(st.integers(0, 90_000), min_size=1, max_size=4), min_size=1, max_size=8))
def test_whatever_batch_is_issued_is_what_one_by_one_would_be(cast, batch: list[list[int]]):
    buyers = list(cast.values())
    drafts = [wanted(buyers[place % 5], *nets) for place, nets in enumerate(batch)]

    together = issuing.issue_all(drafts, at=AT, actor=SYSTEM)

    for one, nets, draft_ in zip(together, batch, drafts, strict=True):
        alone = issuing.issue_all([draft_], at=AT, actor=SYSTEM)[0]
        assert one.net_minor == sum(nets)
        assert (one.total_minor, one.taxes, one.state) == (alone.total_minor, alone.taxes, alone.state)
    assert books.differences() == []


def test_the_day_of_a_batch_is_one_day(lina):
    invoices = issuing.issue_all([wanted(lina, 1)] * 3, at=AT, actor=SYSTEM)

    assert {invoice.issued_on for invoice in invoices} == {date(2026, 3, 2)}
