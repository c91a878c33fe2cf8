"""What billing adds to the check of the books: invoices recomputed from lines, settlements and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Sum

from plancia.billing.models import Invoice, Settlement
from plancia.billing.states import InvoiceKind
from plancia.kernel import ids, transaction
from plancia.ledger import books
from plancia.ledger.books import Difference


@books.check(
    "invoices are the sum of their lines",
    explains="A document's head and its lines say different amounts: the lines are what was agreed.",
)
def lines_add_up() -> Iterable[Difference]:
    """Return invoices whose net or tax is not that of their lines."""
    return books.query(
        "invoices are the sum of their lines",
        """
        select i.number, i.net_minor || ' + ' || i.tax_minor, coalesce(l.net, 0) || ' + ' || coalesce(l.tax, 0)
        from billing_invoice i
        left join (select invoice_id, sum(net_minor) as net, sum(tax_minor) as tax
                   from billing_line group by invoice_id) l on l.invoice_id = i.id
        where (i.net_minor, i.tax_minor) is distinct from (coalesce(l.net, 0), coalesce(l.tax, 0))
        order by i.number""",
    )


@books.check(
    "tax rows add up",
    explains="The tax of a document is not that of its rates.",
)
def taxes_add_up() -> Iterable[Difference]:
    """Return invoices whose tax is not that of their rates."""
    return books.query(
        "tax rows add up",
        """
        select i.number, i.tax_minor, t.tax
        from billing_invoice i
        cross join lateral (select coalesce(sum((row ->> 'tax_minor')::bigint), 0) as tax
                            from jsonb_array_elements(i.taxes) row) t
        where i.tax_minor <> t.tax order by i.number""",
    )


@books.check(
    "paid invoices are settled",
    explains="The state of an invoice does not say what its settlements say.",
)
def states_follow_settlements() -> Iterable[Difference]:
    """Return invoices whose state does not say what was settled of them."""
    return books.query(
        "paid invoices are settled",
        """
        select i.number, i.state || ', settled ' || coalesce(s.amount, 0), 'of ' || i.total_minor
        from billing_invoice i
        left join (select invoice_id, sum(amount_minor) as amount from billing_settlement group by invoice_id) s
            on s.invoice_id = i.id
        where i.kind = 'invoice' and (i.state = 'open') <> (coalesce(s.amount, 0) < i.total_minor)
           or coalesce(s.amount, 0) > i.total_minor
           or i.kind = 'credit_note' and s.amount is not null
        order by i.number""",
    )


@books.check(
    "credit notes take back what was billed",
    explains="More was taken back than billed, or the state of the invoice does not know of it.",
)
def credit_notes_equal_invoices() -> Iterable[Difference]:
    """Return invoices of which more was taken back than billed, or whose state does not say that all was."""
    return books.query(
        "credit notes take back what was billed",
        """
        with notes as (
            select corrects_id, currency, sum(net_minor) as net, sum(tax_minor) as tax,
                   string_agg(number, ', ' order by number) as numbers
            from billing_invoice where kind = 'credit_note' group by corrects_id, currency
        ), judged as (
            select coalesce(i.number, n.numbers) as number, i.state, i.total_minor,
                   n.net || ' + ' || n.tax || ' ' || n.currency as credited,
                   i.net_minor || ' + ' || i.tax_minor || ' ' || i.currency as billed, n.net + n.tax as total
            from notes n full join (select * from billing_invoice where kind = 'invoice') i on n.corrects_id = i.id
        )
        select number, coalesce(credited, 'none') || ', ' || coalesce(state, 'no invoice'), coalesce(billed, 'none')
        from judged
        where billed is null or total > total_minor
           or (state = 'credited') <> (credited is not distinct from billed)
              and (state = 'credited' or total_minor > 0)
        order by 1""",
    )


@books.check(
    "series have no gaps",
    explains="A number is missing or double: an auditor will ask for it.",
)
def series_have_no_gaps() -> Iterable[Difference]:
    """Return series whose numbers are not 1, 2, 3 … up to their counter."""
    return books.query(
        "series have no gaps",
        """
        select s.code, count(i.id) || ' invoices, ' || coalesce(min(i.sequence), 0) || ' to '
               || coalesce(max(i.sequence), 0), '1 to ' || s.last_number
        from billing_series s left join billing_invoice i on i.series_id = s.code
        group by s.code, s.last_number
        having count(i.id) <> s.last_number or coalesce(max(i.sequence), 0) <> s.last_number
            or coalesce(min(i.sequence), 1) <> 1
        order by s.code""",
    )


@books.check(
    "receivables are the open invoices",
    explains="What a customer owes by the ledger is not what is open on his invoices.",
)
def receivables_equal_open_invoices() -> Iterable[Difference]:
    """Return organizations whose receivable account does not hold what is open on their invoices."""
    return books.query(
        "receivables are the open invoices",
        """
        with owed as (
            select i.organization_id, i.currency, sum(i.total_minor - coalesce(s.amount, 0)) as amount
            from billing_invoice i
            left join (select invoice_id, sum(amount_minor) as amount from billing_settlement group by invoice_id) s
                on s.invoice_id = i.id
            where i.kind = 'invoice' group by i.organization_id, i.currency
        ), booked as (
            select a.organization_id, a.currency, sum(e.amount_minor) as amount
            from ledger_account a join ledger_entry e on e.account_id = a.id
            where a.code like 'receivable:%' group by a.organization_id, a.currency
        )
        select coalesce(o.organization_id, b.organization_id) || ' ' || coalesce(o.currency, b.currency),
               coalesce(b.amount, 0), coalesce(o.amount, 0)
        from owed o full join booked b using (organization_id, currency)
        where coalesce(o.amount, 0) <> coalesce(b.amount, 0) order by 1""",
    )


@books.check(
    "revenue and tax are what was billed",
    explains="An account of revenue or tax holds something that no document explains.",
)
def income_equals_invoices() -> Iterable[Difference]:
    """Return accounts of revenue and tax that do not hold what invoices, less credit notes, say."""
    return books.query(
        "revenue and tax are what was billed",
        """
        with billed as (
            select code, sum(amount) as amount from (
                select 'revenue:' || case entity when '' then '' else entity || ':' end || currency as code,
                       case kind when 'invoice' then -net_minor else net_minor end as amount
                from billing_invoice
                union all
                select 'tax:' || case i.entity when '' then '' else i.entity || ':' end || (row ->> 'country') || ':'
                           || i.currency,
                       (row ->> 'tax_minor')::bigint * case i.kind when 'invoice' then -1 else 1 end
                from billing_invoice i cross join lateral jsonb_array_elements(i.taxes) row
            ) parts group by code
        ), booked as (
            select a.code, sum(e.amount_minor) as amount
            from ledger_account a join ledger_entry e on e.account_id = a.id
            where a.code like 'revenue:%' or a.code like 'tax:%' group by a.code
        )
        select code, coalesce(k.amount, 0), coalesce(b.amount, 0)
        from billed b full join booked k using (code)
        where coalesce(b.amount, 0) <> coalesce(k.amount, 0) order by code""",
    )


_BOOKED = "documents are booked as they say"


@books.check(
    _BOOKED,
    explains="The entries of one document are not its amounts: look at its postings in the ledger of the back office.",
)
def documents_are_booked() -> Iterable[Difference]:
    """Return documents whose own entries do not make their net, tax and total, or what is open of them."""
    booked = _booked()
    open_by_entries: dict[str, int] = defaultdict(int)
    wanted: dict[str, tuple[str, int]] = {}
    rows = Invoice.objects.order_by().values_list(
        "pk", "number", "kind", "net_minor", "tax_minor", "total_minor", "corrects_id"
    )
    settled = dict(
        Settlement.objects.order_by().values("invoice").annotate(sum=Sum("amount_minor")).values_list("invoice", "sum")
    )
    for key, number, kind, net, tax, total, corrects in rows.iterator(chunk_size=10_000):
        document = ids.public(Invoice.prefix, key)
        sign = 1 if kind == InvoiceKind.INVOICE else -1
        found = booked.pop(document, _NOTHING)
        if found[:3] != (sign * total, -sign * net, -sign * tax):
            expected = f"receivable {sign * total}, revenue {-sign * net}, tax {-sign * tax}"
            yield Difference(_BOOKED, number, f"receivable {found[0]}, revenue {found[1]}, tax {found[2]}", expected)
        open_by_entries[ids.public(Invoice.prefix, corrects) if corrects else document] += found[0] + found[3]
        if sign > 0:
            wanted[document] = (number, total - int(settled.get(key, 0)))
    for document, (number, owed) in wanted.items():
        if open_by_entries[document] != owed:
            yield Difference(_BOOKED, number, f"open by entries {open_by_entries[document]}", f"{owed}")
    for document in sorted(booked):
        yield Difference(_BOOKED, document, "entries", "a document")


#: What a document without postings has: of receivable, revenue and tax when it was issued, of receivable later.
_NOTHING = (0, 0, 0, 0)


def _booked() -> dict[str, tuple[int, int, int, int]]:
    """Return what each document moved, by its own postings alone."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            """
            select split_part(t.reference, ':', 1),
                   coalesce(sum(e.amount_minor) filter (where t.reference like '%:issued' and a.code like 'rec%'), 0),
                   coalesce(sum(e.amount_minor) filter (where a.code like 'rev%'), 0),
                   coalesce(sum(e.amount_minor) filter (where a.code like 'tax%'), 0),
                   coalesce(sum(e.amount_minor)
                            filter (where t.reference not like '%:issued' and a.code like 'rec%'), 0)
            from ledger_entry e
            join ledger_transaction t on t.id = e.transaction_id
            join ledger_account a on a.id = e.account_id
            where t.reference like 'inv\\_%'
              and (a.code like 'receivable:%' or a.code like 'revenue:%' or a.code like 'tax:%')
            group by 1"""
        )
        return {row[0]: (int(row[1]), int(row[2]), int(row[3]), int(row[4])) for row in cursor.fetchall()}
