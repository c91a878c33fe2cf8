"""
Dunning: reminding of invoices that are not paid, and the promise to pay them.

What happens to products meanwhile is `suspension`; when, the published timeline says. Nothing of it happens to an
organization whose money may have come and is not matched yet. Source: SPEC 5.5, docs/decisions/0033-dunning-is-data.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.bank import matching
from plancia.billing import numbering, settlement
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceKind, InvoiceState
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.subscriptions import events
from plancia.subscriptions.models import PaymentPromise, Reminder, Term
from plancia.subscriptions.states import SubscriptionState
from plancia.subscriptions.timeline import all_timelines, timeline

#: Invoices in one transaction.
BATCH = 1_000


class NothingToPromise(Refusal):
    """The invoice is paid or taken back."""

    code = "nothing_to_promise"
    sentence = _("This invoice is not open any more.")


class PromisedBefore(Refusal):
    """A promise pauses what follows once."""

    code = "promised_before"
    sentence = _("You have already told us when this invoice will be paid.")


class PromiseTooLate(Refusal):
    """The day is in the past, or further away than the provider waits."""

    code = "promise_too_late"
    sentence = _("Please choose a day from today until %(last)s.")
    field = "promised_on"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the timeline of an unpaid invoice. `is_next`: the first that has not come."""

    on: datetime
    sentence: str | LazyText
    is_past: bool
    is_next: bool
    changes_products: bool = False


@transaction.atomic
def promise(*, invoice_id: UUID, promised_on: date, actor: Actor, at: datetime) -> PaymentPromise:
    """
    Note when a customer will pay an invoice: until then nobody reminds her and nothing is restricted. Once an invoice.

    Raises: NothingToPromise; PromisedBefore; PromiseTooLate.
    """
    invoice = settlement.lock(invoice_id)
    if invoice.state != InvoiceState.OPEN or invoice.kind != InvoiceKind.INVOICE:
        raise NothingToPromise()
    if PaymentPromise.objects.filter(invoice=invoice.public_id).exists():
        raise PromisedBefore()
    last = last_promise(invoice, at=at)
    if not numbering.civil_date(at) <= promised_on <= last:
        raise PromiseTooLate(last=last)
    made: PaymentPromise = PaymentPromise.objects.create(
        organization_id=invoice.organization_id,
        invoice=invoice.public_id,
        promised_on=promised_on,
        filed_by=actor.label,
        filed_at=at,
    )
    trail.record(
        actor,
        "invoice.promised",
        invoice.public_id,
        organization_id=invoice.organization_id,
        at=at,
        number=invoice.number,
        promised_on=promised_on,
    )
    return made


def last_promise(invoice: Invoice, *, at: datetime) -> date:
    """Return the last day on which a promise to pay an invoice may be kept."""
    days = timeline(invoice.organization).promise
    return max(invoice.due_on, numbering.civil_date(at)) + timedelta(days=days)


def remind_due(*, at: datetime) -> int:
    """
    Remind of open invoices whose day has come, each step once; return how many were reminded.

    A run that was missed reminds once, and not of every step that it missed. Who pays by herself on schedule, who has
    promised to, and whose money may be unmatched, is not reminded.
    """
    today = numbering.civil_date(at)
    soonest = min(min(line.remind, default=0) for line in all_timelines())
    due = Invoice.objects.filter(kind=InvoiceKind.INVOICE, state=InvoiceState.OPEN)
    due = due.filter(due_on__lte=today - timedelta(days=soonest)).order_by("organization_id", "pk")
    return remind(list(due.values_list("pk", flat=True)), at=at)


def remind(invoice_ids: Sequence[UUID], *, at: datetime) -> int:
    """Remind of those of these invoices whose day has come, as `remind_due` does."""
    paused = matching.paused_organizations()
    batches = (invoice_ids[start : start + BATCH] for start in range(0, len(invoice_ids), BATCH))
    return sum(_remind(list(batch), paused, at=at) for batch in batches)


def steps(invoice: Invoice, *, at: datetime, promised: PaymentPromise | None = None) -> list[Step]:
    """
    Return the timeline of an open invoice: reminders, and what happens to the products that it renews.

    `promised` is when it is promised to be paid. Ask with the organization selected.
    """
    days = timeline(invoice.organization)
    found: list[tuple[datetime, str | LazyText, bool]] = [
        (_noon(invoice.due_on + timedelta(days=offset)), _("We remind you."), False) for offset in days.remind
    ]
    found.append((_noon(invoice.due_on), _("It is due."), False))
    term = Term.objects.filter(invoice=invoice.public_id, paid_at=None, withdrawn_at=None).order_by("starts_at").first()
    if term:
        not_before = _end_of(promised.promised_on) if promised else None
        unpaid_since = max(term.starts_at, term.offered_at)
        found += [(when, SENTENCES[state], True) for state, when in days.steps(unpaid_since, not_before=not_before)]
    found.sort(key=lambda step: step[0])
    coming = [when for when, *_ in found if when > at]
    return [
        Step(when, sentence, when <= at, bool(coming) and when == coming[0], changes_products)
        for when, sentence, changes_products in found
    ]


def promise_of(invoice: str) -> PaymentPromise | None:
    """Return the promise to pay an invoice, by its public id."""
    found: PaymentPromise | None = PaymentPromise.objects.filter(invoice=invoice).first()
    return found


def held_until(invoices: Iterable[str]) -> dict[str, datetime]:
    """Return until when promises hold off what follows, by invoice: the end of the promised day."""
    found = PaymentPromise.objects.filter(invoice__in=list(invoices)).values_list("invoice", "promised_on")
    return {invoice: _end_of(promised_on) for invoice, promised_on in found}


#: What happens to products, in words.
SENTENCES = {
    SubscriptionState.RESTRICTED: _("Your products work with limits."),
    SubscriptionState.SUSPENDED: _("Your products stand still; their data are kept."),
    SubscriptionState.TERMINATED: _("Your products end, and their data are deleted."),
}


def _end_of(day: date) -> datetime:
    return _noon(day) + timedelta(hours=12)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.get_default_timezone())


@transaction.atomic
def _remind(keys: list[UUID], paused: set[UUID], *, at: datetime) -> int:
    # Whoever else reminds at this moment has the others.
    held = list(
        Invoice.objects.filter(pk__in=keys, state=InvoiceState.OPEN)
        .select_related("organization")
        .defer("seller", "buyer", "taxes")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .order_by("pk")
    )
    names = [invoice.public_id for invoice in held]
    said: dict[str, set[int]] = defaultdict(set)
    for name, step in Reminder.objects.filter(invoice__in=names).values_list("invoice", "step"):
        said[name].add(step)
    held_off, today = held_until(names), numbering.civil_date(at)
    by_itself = _paid_by_itself(names)
    reminders, told = [], []
    for invoice in held:
        if invoice.organization_id in paused or held_off.get(invoice.public_id, at) > at:
            continue
        late = (today - invoice.due_on).days
        reached = [step for step in timeline(invoice.organization).remind if step <= late]
        fresh = [step for step in reached if step not in said[invoice.public_id]]
        if not fresh or (late < 0 and invoice.public_id in by_itself):
            continue
        reminders += [
            Reminder(organization_id=invoice.organization_id, invoice=invoice.public_id, step=step, reminded_at=at)
            for step in fresh
        ]
        # Of several that were missed, the last says it all; one that is older than what was said says nothing new.
        if max(fresh) == max(reached):
            told.append(
                events.InvoiceReminded(
                    organization_id=invoice.organization_id,
                    happened_at=at,
                    invoice=invoice.public_id,
                    step=max(fresh),
                    number=reached.index(max(fresh)) + 1,
                )
            )
    Reminder.objects.bulk_create(reminders)
    facts.publish_all(told)
    return len(told)


def _paid_by_itself(invoices: list[str]) -> set[str]:
    open_ = Term.objects.filter(invoice__in=invoices, paid_at=None, withdrawn_at=None)
    renewing = set(open_.filter(subscription__is_renewing=True).values_list("invoice", flat=True))
    return renewing - set(open_.filter(subscription__is_renewing=False).values_list("invoice", flat=True))
