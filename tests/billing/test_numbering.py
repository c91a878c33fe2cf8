from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

from django.db import connections

from plancia.billing import numbering
from plancia.billing.models import Invoice, Series
from plancia.billing.states import InvoiceKind
from plancia.kernel import transaction
from plancia.ledger import books
from tests.billing.conftest import bill


def test_a_number_names_its_series_and_place(staff):
    first = numbering.take(InvoiceKind.INVOICE, issued_on=date(2026, 3, 2))
    second = numbering.take(InvoiceKind.INVOICE, issued_on=date(2026, 12, 31))

    assert [first.text, second.text] == ["2026-000001", "2026-000002"]


def test_credit_notes_and_years_have_series_of_their_own(staff):
    numbers = [
        numbering.take(kind, issued_on=on).text
        for kind, on in [
            (InvoiceKind.INVOICE, date(2026, 3, 2)),
            (InvoiceKind.CREDIT_NOTE, date(2026, 3, 2)),
            (InvoiceKind.INVOICE, date(2027, 1, 1)),
        ]
    ]

    assert numbers == ["2026-000001", "C2026-000001", "2027-000001"]


def test_the_day_is_that_of_the_provider():
    assert numbering.civil_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2027, 1, 1)
    assert numbering.civil_date(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)


def test_numbers_have_no_gap_and_no_repeat_when_many_issue_and_some_fail(found):
    organizations = [found() for _ in range(4)]
    fate = random.Random(7)
    fates = [(organizations[turn % 4], fate.random() < 0.4) for turn in range(40)]

    def issue(fate):
        organization, fails = fate
        try:
            with transaction.as_staff(), transaction.atomic():
                bill(organization)
                if fails:
                    raise InterruptedError
        except InterruptedError:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(8) as threads:
        issued = sum(threads.map(issue, fates))

    sequences = sorted(Invoice.objects.values_list("sequence", flat=True))
    assert 0 < issued < 40
    assert sequences == list(range(1, issued + 1))
    assert Series.objects.get().last_number == issued
    assert books.differences() == []
