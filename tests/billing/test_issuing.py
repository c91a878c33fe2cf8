from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.audit import trail
from plancia.audit.models import Entry as TrailEntry
from plancia.billing import chart, issuing
from plancia.billing.models import Invoice, Line
from plancia.kernel import tenancy, transaction
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.ledger import books
from plancia.ledger.queries import balance
from plancia.outbox.models import Fact
from tests import people
from tests.billing.conftest import AT, DUE, bill, draft

YEAR = Period.term(AT, after_months=0, months=12)


def test_an_invoice_says_who_what_and_how_much(lina):
    invoice = bill(lina, draft(12_000, period=YEAR, subject="sub_1"), draft(-2_000, description="Welcome"))

    assert (invoice.number, invoice.state, invoice.issued_on, invoice.due_on) == (
        "2026-000001",
        "open",
        date(2026, 3, 2),
        DUE,
    )
    assert (invoice.net, invoice.tax, invoice.total) == (Money(10_000, "CHF"), Money(810, "CHF"), Money(10_810, "CHF"))
    assert invoice.seller["name"] == "Alpina Hosting SA"
    assert invoice.buyer["city"] == "Lugano"
    assert invoice.payment_reference.startswith("RF")
    assert invoice.taxes == [
        {
            "category": "S",
            "rate": "8.1",
            "country": "CH",
            "exemption": None,
            "rule": "home",
            "territory": "",
            "net_minor": 10_000,
            "tax_minor": 810,
        }
    ]


def test_lines_keep_what_explains_them(lina):
    invoice = bill(lina, draft(12_000, quantity=3, unit_price=Money(4_000, "CHF"), period=YEAR, subject="sub_1"))

    line = Line.objects.get(invoice=invoice)

    assert (line.position, line.quantity, line.unit_price_minor, line.net_minor, line.tax_minor) == (
        1,
        3,
        4_000,
        12_000,
        972,
    )
    assert (line.subject, line.starts_at, line.ends_at) == ("sub_1", YEAR.starts_at, YEAR.ends_at)
    assert (line.tax_category, line.tax_rate) == ("S", Decimal("8.1"))


def test_issuing_posts_what_is_owed_earned_and_due_as_tax(lina):
    bill(lina)

    assert balance(chart.receivable(lina.public_id, "CHF")) == Money(10_810, "CHF")
    assert balance(chart.revenue("CHF")) == Money(-10_000, "CHF")
    assert balance(chart.tax("CH", "CHF")) == Money(-810, "CHF")


def test_tax_of_consumers_abroad_is_owed_to_their_country(cast):
    bill(cast["italian person"])

    assert balance(chart.tax("IT", "EUR")) == Money(-2_200, "EUR")


def test_issuing_is_recorded_and_told(lina):
    invoice = bill(lina)

    fact = Fact.objects.get(name="invoice.issued")
    assert fact.payload["invoice"] == invoice.public_id
    assert (fact.payload["total_minor"], fact.payload["due_on"]) == (10_810, "2026-04-01")
    assert TrailEntry.objects.get(action="invoice.issued").subject == invoice.public_id
    assert trail.check(lina.pk) == []


def test_an_invoice_over_nothing_is_paid_as_it_is_issued(lina):
    invoice = bill(lina, draft(5_000), draft(-5_000, description="Voucher"))

    assert (invoice.state, invoice.paid_at) == ("paid", AT)
    assert Fact.objects.filter(name="invoice.paid").count() == 1
    assert books.differences() == []


def test_nothing_and_less_than_nothing_are_refused(lina):
    with pytest.raises(issuing.NothingToBill):
        bill(lina, lines=[])
    with pytest.raises(issuing.BelowZero):
        bill(lina, draft(-1))

    assert not Invoice.objects.exists()
    assert books.differences() == []


def test_an_invoice_is_never_due_before_it_is_issued(lina):
    assert bill(lina, due_on=date(2025, 1, 1)).due_on == date(2026, 3, 2)


def test_an_agreed_tax_is_charged_even_if_the_rate_changed_since(lina):
    from plancia.billing import parties, vat

    agreed = vat.tax_for(parties.buyer(lina), on=date(2023, 12, 31))

    assert bill(lina, tax=agreed, at=datetime(2024, 1, 2, tzinfo=UTC)).tax == Money(770, "CHF")


def test_an_issued_invoice_cannot_be_changed_or_deleted(lina):
    invoice = bill(lina)

    for statement in (
        "update billing_invoice set total_minor = 1, net_minor = 1, tax_minor = 0",
        "delete from billing_invoice",
        "update billing_line set net_minor = 1",
        "delete from billing_line",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), transaction.connection().cursor() as cursor:
            cursor.execute(statement)
    assert Invoice.objects.get() == invoice


def test_the_web_issues_within_its_organization_and_sees_no_other(db):
    with transaction.as_staff():
        owner = people.person("lina@example.ch")
        mine, other = people.borea(owner), people.aurora(owner)
        bill(other)

    with tenancy.within(mine.pk):
        bill(mine)
        numbers = [invoice.number for invoice in Invoice.objects.all()]

    assert numbers == ["2026-000002"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nets=st.lists(st.integers(-50_000, 200_000), min_size=1, max_size=12))
def test_whatever_is_billed_the_books_agree(lina, nets: list[int]):
    total = sum(nets)

    if total < 0:
        with pytest.raises(issuing.BelowZero):
            bill(lina, *[draft(net) for net in nets])
    else:
        invoice = bill(lina, *[draft(net) for net in nets])
        assert invoice.net_minor == total

    assert books.differences() == []
