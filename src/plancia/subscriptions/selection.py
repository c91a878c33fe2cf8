"""
Selections: what a customer ticks to pay at once, priced, and written down with all that was shown.

A selection is carried out exactly as it was shown, or refused: `quote` asked again with the same picks and instant must
answer the same. Source: docs/decisions/0030-what-is-paid-is-what-was-shown.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from plancia.billing import numbering, parties, references, settlement, vat
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import clock, ids, transaction
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.subscriptions import change_quotes, discounts, frequencies, renewal
from plancia.subscriptions.frequencies import Conditions
from plancia.subscriptions.models import Cancellation, Selection, Subscription, Term
from plancia.subscriptions.states import SubscriptionState


class NothingSelected(Refusal):
    """Nothing was ticked."""

    code = "nothing_selected"
    sentence = _("Please select what you want to pay.")


class NotToPay(Refusal):
    """What was ticked is paid, has ended or is given up meanwhile."""

    code = "not_to_pay"
    sentence = _("%(name)s is not to pay any more. Please look at the list again.")


class FrequencyNotPayable(Refusal):
    """The plan has no price for these months, or not for so many terms ahead."""

    code = "frequency_not_payable"
    sentence = _("%(name)s cannot be paid for that long.")


class MixedCurrencies(Refusal):
    """One payment is in one currency."""

    code = "mixed_currencies"
    sentence = _("Please pay what is in %(currency)s by itself.")


class SelectionChanged(Refusal):
    """What would be carried out now is not what was shown."""

    code = "selection_changed"
    sentence = _("Something has changed meanwhile. Please look at the list again.")


@dataclass(frozen=True, slots=True)
class Pick:
    """What was ticked: an invoice, or the next `terms` terms of a product, of `months` months each."""

    key: str  # the public id of an invoice or a product
    months: int | None = None  # as it is now, where None
    terms: int = 1

    @property
    def as_json(self) -> list[Any]:
        return [self.key, self.months, self.terms]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """An invoice that exists and is paid as it is. `terms` are those that it bills."""

    invoice: Invoice
    open: Money
    terms: Sequence[Term]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a selection costs: invoices as they are, and terms, not written yet, that will be one new invoice."""

    organization: Organization
    invoices: Sequence[InvoiceLine]
    terms: Sequence[Term]
    tax: vat.Tax
    totals: vat.Totals | None  # of the new invoice; None where there is none

    @property
    def currency(self) -> str:
        return self.invoices[0].open.currency if self.invoices else self.terms[0].currency

    @property
    def total(self) -> Money:
        billed = Money.total((line.open for line in self.invoices), self.currency)
        return billed + self.totals.total if self.totals else billed

    @property
    def subscription_ids(self) -> list[UUID]:
        """The products whose next terms are to be billed, each once."""
        return sorted({term.subscription_id for term in self.terms})

    @property
    def as_json(self) -> dict[str, Any]:
        """
        What was shown, for the comparison: which invoices, which terms at which net, and the tax.

        A term on an invoice that is paid as it is counts like one that is not offered yet: for the customer it is.
        """
        terms = [*(term for line in self.invoices for term in line.terms), *self.terms]
        return {
            "invoices": sorted([line.invoice.public_id, line.open.minor] for line in self.invoices if not line.terms),
            "terms": sorted(_shown(term) for term in terms),
            "tax": [str(self.tax.category), str(self.tax.rate), self.tax.country],
        }

    def drafts(self) -> list[LineDraft]:
        """Return the lines of the new invoice."""
        language = self.organization.language
        return [renewal.line(term.subscription, term, language=language) for term in self.terms]


def quote(*, organization: Organization, picks: Sequence[Pick], at: datetime) -> Quote:
    """
    Return what these picks cost: renewals at the prices of `at`, or as they were offered where nothing changes.

    An invoice of renewals is paid as it is where all its products are picked and none changes; else what is picked
    of it is billed anew, and the rest again by itself.

    Units: tax on the sum of the new invoice; what stands on an invoice as it is there.
    Raises: NothingSelected; NotToPay; FrequencyNotPayable; MixedCurrencies.
    """
    if not picks:
        raise NothingSelected()
    products = _products(organization, [pick for pick in picks if pick.key.startswith(f"{Subscription.prefix}_")])
    chosen = {products[pick.key].pk: pick for pick in picks if pick.key in products}
    offers = _offers(products.values())
    kept = _kept(offers, chosen)
    named = [pick.key for pick in picks if pick.key not in products]
    invoices = _invoices(organization, [*named, *kept], terms=offers)

    renewed = [
        one
        for one in products.values()
        if not any(term.subscription_id == one.pk for key in kept for term in offers[key])
    ]
    terms = _drafts(renewed, chosen, offers, at=at)
    buyer = parties.buyer(organization)
    tax = vat.tax_for(buyer, on=numbering.civil_date(at), seller=parties.seller_for(buyer.country))
    currencies = {line.open.currency for line in invoices} | {term.currency for term in terms}
    if len(currencies) > 1:
        raise MixedCurrencies(currency=sorted(currencies)[0])
    (currency,) = currencies
    totals = vat.totals([term.net for term in terms], tax, currency) if terms else None
    return Quote(organization, invoices, terms, tax, totals)


@transaction.atomic
def place(
    *,
    organization: Organization,
    picks: Sequence[Pick],
    idempotency_key: UUID,
    language: str,
    at: datetime,
) -> Selection:
    """
    Write down what is to be paid, at today's prices. The same key again returns the same selection.

    It is shown before it is paid, and paid as it was shown or not at all (`again`).

    Raises: as `quote`; SelectionChanged, where nothing is left to pay.
    """
    before = _placed(organization, idempotency_key)
    if before:
        return before
    priced = quote(organization=organization, picks=picks, at=at)
    if not priced.total.is_positive:
        raise SelectionChanged()
    key = ids.new()
    try:
        with transaction.atomic():
            placed: Selection = Selection.objects.create(
                pk=key,
                organization=organization,
                idempotency_key=idempotency_key,
                language=language,
                currency=priced.currency,
                picks=[pick.as_json for pick in picks],
                lines=priced.as_json,
                total_minor=priced.total.minor,
                payment_reference=references.for_selection(key.hex),
                placed_at=at,
                expires_at=at + clock.days(settings.ORDER_WAITS_DAYS),
            )
    except IntegrityError:
        # Another press of the same button was quicker, and has committed since we looked.
        before = _placed(organization, idempotency_key)
        if before is None:
            raise
        return before
    return placed


@transaction.atomic
def place_change(*, made: change_quotes.Quote, idempotency_key: UUID, language: str) -> Selection:
    """
    Write down that a change of a product is to be paid, as it was quoted. The same key again returns the same.

    It waits as long as the quote stands.
    """
    organization = made.subscription.organization
    before = _placed(organization, idempotency_key)
    if before:
        return before
    key = ids.new()
    placed: Selection = Selection.objects.create(
        pk=key,
        organization=organization,
        idempotency_key=idempotency_key,
        language=language,
        currency=made.total.currency,
        picks={"change": [made.subscription.public_id, made.wish.plan, made.wish.months, made.wish.quantity]},
        lines=made.as_json,
        total_minor=made.total.minor,
        payment_reference=references.for_selection(key.hex),
        placed_at=made.at,
        expires_at=made.at + change_quotes.STANDS,
    )
    return placed


def change_of(selection: Selection, *, at: datetime) -> change_quotes.Quote:
    """Return the change that a selection pays for, as it was quoted. Raises: SelectionChanged, when it is another."""
    product, wish = wish_of(selection)
    try:
        return change_quotes.require_same(
            selection.lines, subscription_id=product, wish=wish, quoted_at=selection.placed_at, at=at
        )
    except change_quotes.QuoteChanged as refusal:
        raise SelectionChanged() from refusal


def wish_of(selection: Selection) -> tuple[UUID, change_quotes.Wish]:
    """Return the product whose change a selection pays for, and what it is to become."""
    public_id, plan, months, quantity = selection.picks["change"]
    key = ids.parse(Subscription.prefix, public_id)
    assert key is not None
    return key, change_quotes.Wish(plan, months, quantity, change_quotes.When.NOW)


def require_unchanged(selection: Selection, *, at: datetime) -> None:
    """Raises: SelectionChanged, when a selection is not any more what was shown."""
    if selection.is_change:
        change_of(selection, at=at)
    else:
        again(selection)


def again(selection: Selection) -> Quote:
    """
    Return what a selection of invoices and renewals is now: the same quote as when it was placed.

    Raises: SelectionChanged, when it is not, whatever the reason.
    """
    organization = Organization.objects.get(pk=selection.organization_id)
    picks = [Pick(key, months, terms) for key, months, terms in selection.picks]
    try:
        priced = quote(organization=organization, picks=picks, at=selection.placed_at)
    except Refusal as refusal:
        raise SelectionChanged() from refusal
    if priced.as_json != selection.lines or priced.total != selection.total:
        raise SelectionChanged()
    return priced


def _shown(term: Term) -> list[Any]:
    product = ids.public(Subscription.prefix, term.subscription_id)
    return [product, term.starts_at.isoformat(), term.months, term.net_minor]


def _placed(organization: Organization, key: UUID) -> Selection | None:
    found: Selection | None = Selection.objects.filter(organization=organization, idempotency_key=key).first()
    return found


def _products(organization: Organization, picks: Sequence[Pick]) -> dict[str, Subscription]:
    keys = {pick.key: ids.parse(Subscription.prefix, pick.key) for pick in picks}
    held = {
        one.public_id: one
        for one in Subscription.objects.filter(
            organization=organization, pk__in=[key for key in keys.values() if key], paid_until__isnull=False
        )
        .exclude(state=SubscriptionState.TERMINATED)
        .select_related("plan__product_type", "price")
        .order_by("pk")
    }
    given_up = set(
        Cancellation.objects.filter(
            subscription__in=[one.pk for one in held.values()], ended_at=None, withdrawn_at=None
        ).values_list("subscription_id", flat=True)
    )
    for key in keys:
        if key not in held or held[key].pk in given_up:
            raise NotToPay(name=held[key].name if key in held else key)
    return held


def _offers(products: Any) -> dict[str, list[Term]]:
    """The invoices that offer one of these, each with all terms that it offers, others' products included."""
    open_ = Term.objects.filter(paid_at=None, withdrawn_at=None).exclude(invoice="")
    mine = open_.filter(subscription__in=[one.pk for one in products]).values("invoice")
    found: dict[str, list[Term]] = defaultdict(list)
    for term in (
        open_.filter(invoice__in=mine).select_related("price", "plan__product_type").order_by("starts_at", "pk")
    ):
        found[term.invoice].append(term)
    return found


def _kept(offers: Mapping[str, Sequence[Term]], chosen: Mapping[UUID, Pick]) -> list[str]:
    """Those of these invoices that are paid as they are."""

    def is_as_offered(term: Term) -> bool:
        pick = chosen.get(term.subscription_id)
        return pick is not None and pick.terms == 1 and pick.months in (None, term.months)

    return [invoice for invoice, terms in offers.items() if all(is_as_offered(term) for term in terms)]


def _invoices(
    organization: Organization, public_ids: Sequence[str], *, terms: Mapping[str, Sequence[Term]]
) -> list[InvoiceLine]:
    keys = {public_id: ids.parse(Invoice.prefix, public_id) for public_id in dict.fromkeys(public_ids)}
    found = {
        invoice.public_id: invoice
        for invoice in Invoice.objects.filter(
            organization=organization, pk__in=[key for key in keys.values() if key], state=InvoiceState.OPEN
        )
    }
    lines = []
    for public_id in keys:
        if public_id not in found:
            raise NotToPay(name=public_id)
        lines.append(InvoiceLine(found[public_id], settlement.open_amount(found[public_id]), terms.get(public_id, ())))
    return lines


def _drafts(
    products: Sequence[Subscription],
    chosen: Mapping[UUID, Pick],
    offers: Mapping[str, Sequence[Term]],
    *,
    at: datetime,
) -> list[Term]:
    sold = frequencies.offered(products, at=at)
    going_on = frequencies.present(products, at=at)
    offered = {term.subscription_id: term for terms in offers.values() for term in terms}
    drafts = []
    for one in products:
        pick, offer = chosen[one.pk], offered.get(one.pk)
        present = going_on[one.pk].months
        months = pick.months or (offer.months if offer else present)
        conditions = sold[one.pk].get(months)
        # What was offered is not dearer for being asked about.
        if offer and offer.months == months:
            conditions = Conditions(offer.plan, months, offer.quantity, offer.price)
        if conditions is None or not 1 <= pick.terms <= frequencies.most_terms(conditions.plan, months):
            raise FrequencyNotPayable(name=one.name)
        if not conditions.net:
            raise NotToPay(name=one.name)
        anchor, end = one.anchor_at, one.paid_until
        assert anchor and end  # a product without them is not to pay
        drafts += [
            renewal.draft(one, conditions, period, at=at)
            for period in renewal.periods_after(anchor, end, months=months, count=pick.terms)
        ]
    discounts.reduce_ahead(drafts, offers=offered)
    return drafts
