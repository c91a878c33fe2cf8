from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Q

from plancia.bank.matching import Why
from plancia.bank.models import BankEntry, BankFile, PaymentFile, Payout
from plancia.bank.states import EntryState, PayoutState
from plancia.kernel import pages
from plancia.kernel.money import Money
from plancia.kernel.pages import Page


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """Money that is to leave, is leaving, or has left."""

    public_id: str
    organization: str  # empty where it is nobody's money, which goes back
    organization_name: str
    amount: Money
    holder: str
    destination: str
    state: PayoutState
    reason: str
    note: str
    asked_at: datetime
    releases: tuple[str, ...]
    is_by_hand: bool


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """What an entry may be for."""

    purpose: str
    label: str
    organization_name: str
    why: Why


@dataclass(frozen=True, slots=True)
class EntryRow:
    """Something that came to our bank account."""

    public_id: str
    amount: Money
    booked_on: date
    name: str
    iban: str
    reference: str
    message: str
    state: EntryState
    note: str
    purpose: str
    organization_name: str
    suggestions: tuple[SuggestionRow, ...]


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that came from the bank."""

    kind: str
    name: str
    entries: int
    new: int
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class PaymentFileRow:
    """A file that goes to the bank."""

    public_id: str
    message_id: str
    number: int
    total: Money
    made_at: datetime
    made_by: str


def payouts_of(organization_id: UUID, *, number: int) -> list[PayoutRow]:
    """Return an organization's newest payouts."""
    newest = Payout.objects.filter(organization_id=organization_id).select_related("organization")
    return [_payout(row, ()) for row in newest.order_by("-asked_at", "-pk")[:number]]


def payouts(*, state: str, page: int) -> Page[PayoutRow]:
    """Return payouts for staff, the oldest first: those in a state, or all that wait for something."""
    found = Payout.objects.select_related("organization").prefetch_related("releases")
    wanted = found.filter(state=state) if state else found.filter(state__in=[PayoutState.WAITING, PayoutState.RELEASED])
    return pages.page_of(
        wanted.order_by("asked_at", "pk"),
        lambda row: _payout(row, tuple(one.user_name for one in row.releases.all())),
        number=page,
    )


def entries(*, state: str, search: str, page: int) -> Page[EntryRow]:
    """Return credits of the bank account for staff, the newest first."""
    found = BankEntry.objects.filter(is_credit=True, state=state).select_related("organization")
    if search:
        found = found.filter(
            Q(name__icontains=search)
            | Q(message__icontains=search)
            | Q(reference__icontains=search)
            | Q(iban__icontains=search.replace(" ", ""))
        )
    found = found.prefetch_related("suggestions__organization").order_by("-booked_on", "-pk")
    return pages.page_of(found, _entry, number=page, size=15)


def files(*, number: int) -> list[FileRow]:
    """Return the newest files of the bank."""
    return [
        FileRow(one.kind, one.name, one.entries_number, one.new_number, one.imported_at, one.imported_by)
        for one in BankFile.objects.defer("content").order_by("-imported_at", "-pk")[:number]
    ]


def payment_files(*, number: int) -> list[PaymentFileRow]:
    """Return the newest files for the bank."""
    return [
        PaymentFileRow(one.public_id, one.message_id, one.number, one.total, one.made_at, one.made_by)
        for one in PaymentFile.objects.defer("content").order_by("-made_at", "-pk")[:number]
    ]


def to_send() -> list[str]:
    """Return the currencies in which payouts wait for a payment file."""
    released = Payout.objects.filter(state=PayoutState.RELEASED, method="transfer")
    return list(released.values_list("currency", flat=True).annotate(n=Count("pk")).order_by("currency"))


def _payout(row: Payout, releases: tuple[str, ...]) -> PayoutRow:
    return PayoutRow(
        public_id=row.public_id,
        organization=row.organization.public_id if row.organization else "",
        organization_name=row.organization.name if row.organization else "",
        amount=row.amount,
        holder=row.holder,
        destination=row.destination,
        state=PayoutState(row.state),
        reason=row.reason,
        note=row.note,
        asked_at=row.asked_at,
        releases=releases,
        is_by_hand=row.method == "paypal",
    )


def _entry(row: BankEntry) -> EntryRow:
    return EntryRow(
        public_id=row.public_id,
        amount=row.amount,
        booked_on=row.booked_on,
        name=row.name,
        iban=row.iban,
        reference=row.reference,
        message=row.message,
        state=EntryState(row.state),
        note=row.note,
        purpose=row.purpose,
        organization_name=row.organization.name if row.organization else "",
        suggestions=tuple(
            SuggestionRow(one.purpose, one.label, one.organization.name, Why(one.why))
            for one in sorted(row.suggestions.all(), key=lambda one: one.rank)
        ),
    )
