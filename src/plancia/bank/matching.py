"""
Matching: whose money came. By our reference, else by the customer's own; the rest is suggested, and staff decide.

Packages above say what a reference stands for and what somebody may have meant to pay: they register finders here.
Source: SPEC 5.3, docs/decisions/0027-the-bank-loop.md
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import iso11649
from stdnum.exceptions import ValidationError

from plancia.bank import chart
from plancia.bank.models import BankEntry, Suggestion
from plancia.bank.states import EntryState
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.payments import receiving
from plancia.payments.methods import Method
from plancia.payments.receiving import Receipt

#: The gateway of payments that came through a bank.
BANK = "bank"


class Why(StrEnum):
    """Why an entry may be for something."""

    CURRENCY = "currency"
    AMOUNT_AND_NAME = "amount_and_name"
    AMOUNT = "amount"
    NAME = "name"

    @property
    def label(self) -> str | Promise:
        """How staff read it."""
        return _WHY[self]


@dataclass(frozen=True, slots=True)
class Target:
    """What money may be for: `purpose` is its public id, `label` what people call it, `open` what it waits for."""

    organization_id: UUID
    purpose: str
    label: str
    currency: str
    open: Money | None = None


class NotMatchable(Refusal):
    """The entry is somebody's by now, or nothing of the kind can be matched."""

    code = "entry_not_matchable"
    sentence = _("This money has been matched, or was set aside.")


class NothingFound(Refusal):
    """What staff typed names nothing that waits for money."""

    code = "nothing_to_match"
    sentence = _(
        "Nothing is called “%(text)s”. Enter a reference, a number of an invoice or an order, or a customer’s id."
    )
    field = "purpose"


Finder = Callable[[str], Target | None]
Guesser = Callable[[BankEntry], Iterable[Target]]
Function = TypeVar("Function", bound=Callable[..., object])

_finders: list[Finder] = []
_guessers: list[Guesser] = []


def finds(function: Function) -> Function:
    """Register a function that says what a reference, or a text that staff typed, stands for. It asks as staff."""
    _finders.append(function)  # type: ignore[arg-type]  # a Finder, returned as it came
    return function


def guesses(function: Function) -> Function:
    """Register a function that says what an entry may be for. It asks as staff."""
    _guessers.append(function)  # type: ignore[arg-type]  # a Guesser, returned as it came
    return function


def find(text: str) -> Target | None:
    """Return what a reference stands for; None where it is nobody's."""
    return next((target for finder in _finders if (target := finder(text)) is not None), None)


@transaction.atomic
def match_by_reference(entry: BankEntry, *, at: datetime) -> bool:
    """Match an entry by the reference that its payer gave, and say whether it was; else suggest what it may be for."""
    for reference in references_in(entry):
        target = find(reference)
        if target is None:
            continue
        if target.currency == entry.currency:
            _apply(entry, target, by=reference, actor=SYSTEM, at=at)
            return True
        _suggest(entry, [(target, Why.CURRENCY)])
        return False
    _suggest(entry, _guess(entry))
    return False


def references_in(entry: BankEntry) -> Sequence[str]:
    """Return the references that an entry carries: the structured one, else those whose check digits are right."""
    if entry.reference:
        return [entry.reference]
    found = []
    words = re.sub(r"[^A-Z0-9]", " ", entry.message.upper()).split()
    # In free text, people part a reference into groups of four.
    for start, word in enumerate(words):
        if not re.match(r"RF\d", word) and word != "RF":
            continue
        joined = ""
        for piece in words[start : start + 8]:
            joined += piece
            if len(joined) > 8 and _is_reference(joined):
                found.append(joined)
    return sorted(found, key=len, reverse=True)


@transaction.atomic
def confirm(*, entry_id: UUID, text: str, actor: Actor, at: datetime) -> BankEntry:
    """
    Match an entry by hand to what staff chose or typed: a purpose, a reference, a number.

    Raises: NotMatchable; NothingFound.
    """
    entry = _locked(entry_id)
    if entry.state != EntryState.UNMATCHED:
        raise NotMatchable
    target = find(text.strip())
    if target is None:
        raise NothingFound(text=text.strip())
    return _apply(entry, target, by=actor.label, actor=actor, at=at)


@transaction.atomic
def set_aside(*, entry_id: UUID, note: str, actor: Actor, at: datetime) -> BankEntry:
    """Stop looking for the owner of an entry, and say why. Raises: MoveRefused; NoteMissing."""
    if not note.strip():
        raise NoteMissing
    entry = _locked(entry_id)
    entry.suggestions.all().delete()
    entry.set_aside(note=note.strip(), by=actor.label)
    return entry


@transaction.atomic
def take_up(*, entry_id: UUID, actor: Actor, at: datetime) -> BankEntry:
    """Look again for the owner of an entry that was set aside. Raises: MoveRefused."""
    entry = _locked(entry_id)
    entry.take_up()
    match_by_reference(entry, at=at)
    return entry


class NoteMissing(Refusal):
    """Whoever sets money aside says why."""

    code = "note_missing"
    sentence = _("Say why this money is not a customer’s.")
    field = "note"


def reminders_paused(organization_id: UUID) -> bool:
    """Say whether money is unmatched that may be this organization's: it is not reminded until that is settled."""
    return Suggestion.objects.filter(organization_id=organization_id, entry__state=EntryState.UNMATCHED).exists()


def paused_organizations() -> set[UUID]:
    """Return all organizations that are not reminded, as staff: for whoever reminds many at once."""
    return set(
        Suggestion.objects.filter(entry__state=EntryState.UNMATCHED)
        .values_list("organization_id", flat=True)
        .distinct()
    )


def _apply(entry: BankEntry, target: Target, *, by: str, actor: Actor, at: datetime) -> BankEntry:
    receipt = Receipt(
        organization_id=target.organization_id,
        purpose=target.purpose,
        amount=entry.amount,
        method=Method.TRANSFER,
        from_account=chart.unmatched(entry.currency),
        gateway=BANK,
        gateway_reference=entry.public_id,
    )
    payment = receiving.receive(receipt, actor=actor, at=at)
    entry.suggestions.all().delete()
    entry.match(payment, purpose=target.purpose, by=by)
    return entry


def _guess(entry: BankEntry) -> list[tuple[Target, Why]]:
    found: dict[str, tuple[Target, Why]] = {}
    names = {
        one.pk: one.name for one in Organization.objects.filter(pk__in=_organizations_of(entry.iban)).only("pk", "name")
    }
    for guesser in _guessers:
        for target in guesser(entry):
            is_amount = target.open == entry.amount
            is_name = target.organization_id in names or _is_like(entry.name, target.organization_id)
            why = Why.AMOUNT_AND_NAME if is_amount and is_name else Why.AMOUNT if is_amount else Why.NAME
            found.setdefault(target.purpose, (target, why))
    ranked = sorted(found.values(), key=lambda pair: (list(Why).index(pair[1]), pair[0].purpose))
    return ranked[:_MOST_SUGGESTIONS]


#: More is no help to whoever has to choose.
_MOST_SUGGESTIONS = 8


def _organizations_of(iban: str) -> set[UUID]:
    """Whose money came from this account before."""
    if not iban:
        return set()
    before = BankEntry.objects.filter(iban=iban, state=EntryState.MATCHED).values_list("organization_id", flat=True)
    return {organization_id for organization_id in before.distinct() if organization_id}


def _is_like(name: str, organization_id: UUID) -> bool:
    known = Organization.objects.filter(pk=organization_id).values_list("name", flat=True).first()
    return known is not None and words_of(name) >= words_of(known)


def words_of(name: str) -> set[str]:
    """Return the words of a name that tell it from others, as banks write them: no case, no punctuation."""
    plain = name.casefold().replace(".", "")  # "S.r.l." is "Srl"
    return {word for word in re.sub(r"\W", " ", plain).split() if len(word) > 2}


def _suggest(entry: BankEntry, found: Sequence[tuple[Target, Why]]) -> None:
    entry.suggestions.all().delete()
    Suggestion.objects.bulk_create(
        Suggestion(
            organization_id=target.organization_id,
            entry=entry,
            purpose=target.purpose,
            label=target.label,
            why=why,
            rank=rank,
        )
        for rank, (target, why) in enumerate(found)
    )


def _locked(entry_id: UUID) -> BankEntry:
    entry: BankEntry = BankEntry.objects.locked().get(pk=entry_id)
    return entry


def _is_reference(text: str) -> bool:
    try:
        iso11649.validate(text)
    except ValidationError:
        return False
    return True


_WHY = {
    Why.CURRENCY: _("The reference fits, the currency does not"),
    Why.AMOUNT_AND_NAME: _("Amount and payer fit"),
    Why.AMOUNT: _("The amount fits"),
    Why.NAME: _("The payer fits"),
}
