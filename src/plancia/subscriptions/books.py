"""What must hold of terms: no gap, no overlap, nothing billed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from plancia.billing.models import Invoice, Line
from plancia.kernel import ids
from plancia.ledger import books
from plancia.ledger.books import Difference
from plancia.subscriptions.models import Subscription, Term


@books.check(
    "paid terms follow one another",
    explains="A product was paid for twice, or has time that nobody paid: look at its terms and credits.",
)
def tiles() -> list[Difference]:
    """Return the products whose paid terms leave a gap, overlap, or end elsewhere than `paid_until`."""
    found = books.query(
        "paid terms follow one another",
        """
        with terms as (
            select subscription_id, starts_at, ends_at,
                lag(ends_at) over (partition by subscription_id order by starts_at) as before
            from subscriptions_term where paid_at is not null and withdrawn_at is null
        )
        select subscription_id, starts_at, before from terms where before <> starts_at
        union all
        select s.id, max(t.ends_at), s.paid_until
        from subscriptions_subscription s left join terms t on t.subscription_id = s.id
        group by s.id having max(t.ends_at) is distinct from s.paid_until
            and not (max(t.ends_at) is null and s.paid_until = s.anchor_at)
        union all
        -- Another frequency counts its terms anew, from the day on which it began.
        select s.id, min(t.starts_at), s.anchor_at
        from subscriptions_subscription s join terms t on t.subscription_id = s.id
        group by s.id having not bool_or(t.starts_at = s.anchor_at)
        order by 1, 2
        """,
    )
    return [
        Difference(one.check, ids.public(Subscription.prefix, UUID(one.subject)), one.found, one.expected)
        for one in found
    ]


@books.check(
    "each billed term is one invoice line",
    explains="A term was billed twice, not at all, or at another amount than was offered: look at the invoice.",
)
def billed_once() -> list[Difference]:
    """Return the terms that no line, or more than one, bills; and those billed at another amount."""
    name = "each billed term is one invoice line"
    billed = {
        (ids.public(Invoice.prefix, invoice), subject, starts_at): net
        for invoice, subject, starts_at, net in Line.objects.filter(invoice__kind="invoice")
        .exclude(subject="")
        .values_list("invoice_id", "subject", "starts_at", "net_minor")
        .iterator()
    }
    found = []
    terms = Term.objects.filter(withdrawn_at=None, net_minor__gt=0)
    for term in terms.order_by("pk").iterator():
        subject = ids.public(Subscription.prefix, term.subscription_id)
        net = billed.get((term.invoice, subject, term.starts_at))
        if net != term.net_minor:
            found.append(
                Difference(name, term.public_id, f"{net} on {term.invoice or 'no invoice'}", f"{term.net_minor}")
            )
    return found + list(_billed_twice(name))


@books.check(
    "what was cut of a term was credited",
    explains="A term ended early, and more or less came back than its unused part: look at its credit notes.",
)
def cut_and_credited() -> list[Difference]:
    """Return the terms that ended early and whose unused part is not what credit notes took back of their line."""
    name = "what was cut of a term was credited"
    found = []
    for term in Term.objects.filter(credited_minor__gt=0).order_by("pk").iterator():
        subject = ids.public(Subscription.prefix, term.subscription_id)
        invoice = ids.parse(Invoice.prefix, term.invoice)
        notes = Line.objects.filter(corrects__invoice=invoice, corrects__subject=subject)
        notes = notes.filter(corrects__starts_at=term.starts_at)
        credited = notes.aggregate(sum=Sum("net_minor"))["sum"] or 0
        if credited != term.credited_minor:
            found.append(Difference(name, term.public_id, f"{credited}", f"{term.credited_minor}"))
    return found


def _billed_twice(name: str) -> Iterator[Difference]:
    live = Line.objects.filter(invoice__kind="invoice").exclude(invoice__state="credited").exclude(subject="")
    credited = Line.objects.filter(corrects=OuterRef("pk")).order_by().values("corrects").annotate(sum=Sum("net_minor"))
    live = live.exclude(Exists(credited.filter(sum=OuterRef("net_minor"))))
    stretches = Counter(
        live.filter(starts_at__isnull=False)
        .values_list("subject", "starts_at")
        .order_by("subject", "starts_at")
        .iterator()
    )
    for (subject, starts_at), times in stretches.items():
        if times > 1:
            yield Difference(name, subject, f"{times} lines from {starts_at:%Y-%m-%d}", "1")
