from __future__ import annotations

from plancia.billing import chart
from plancia.kernel.money import Money
from plancia.ledger import browsing
from plancia.ledger.models import Account
from plancia.outbox import delivery
from plancia.payments import chart as payments_chart
from tests.billing.conftest import AT, bill, cast, found, lina, money_in  # noqa: F401  (fixtures)


def test_headings_say_what_stands_on_them(lina):  # noqa: F811
    bill(lina)

    rows = {row.name: (row.accounts, row.balance) for row in browsing.headings()}

    assert rows == {
        "receivable": (1, Money(10_810, "CHF")),
        "revenue": (1, Money(-10_000, "CHF")),
        "tax": (1, Money(-810, "CHF")),
    }


def test_from_a_document_to_its_entries_and_back(lina):  # noqa: F811
    invoice = bill(lina)
    payment = money_in(lina, invoice.total, purpose=invoice.public_id)
    delivery.tell_untold(at=AT)

    postings = browsing.postings_of(invoice.public_id)

    assert [one.reference for one in postings] == [
        f"{invoice.public_id}:issued",
        f"{invoice.public_id}:{payment.public_id}:applied",
    ]
    assert postings[1].documents == [invoice.public_id, payment.public_id]
    assert [(side.account, side.debit, side.credit) for side in postings[1].entries] == [
        (payments_chart.incoming(lina.public_id, "CHF"), Money(10_810, "CHF"), None),
        (chart.receivable(lina.public_id, "CHF"), None, Money(10_810, "CHF")),
    ]
    assert len(browsing.postings_of(payment.public_id)) == 2
    assert browsing.posting(postings[0].id) == postings[0]
    assert browsing.postings_of("") == []


def test_an_account_lists_its_entries_the_newest_first(lina):  # noqa: F811
    invoices = [bill(lina) for _ in range(3)]
    account = Account.objects.get(code=chart.revenue("CHF"))

    page = browsing.entries(account.public_id, size=2)

    assert [entry.reference for entry in page] == [f"{one.public_id}:issued" for one in reversed(invoices[1:])]
    assert (page.total, page.last_number) == (3, 2)
    assert browsing.account(account.public_id).balance == Money(-30_000, "CHF")


def test_accounts_are_found_by_a_piece_of_their_code(cast):  # noqa: F811
    for organization in cast.values():
        bill(organization)

    assert browsing.accounts("receivable").total == 5
    assert [row.code for row in browsing.accounts("tax", search="IT:")] == ["tax:IT:EUR"]
    assert browsing.accounts("receivabl").total == 0


def test_postings_are_found_by_what_their_reference_begins_with(lina):  # noqa: F811
    invoice = bill(lina)

    assert [one.reference for one in browsing.search("inv_")] == [f"{invoice.public_id}:issued"]
    assert browsing.search("nothing").total == 0
