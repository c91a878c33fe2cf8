"""Offers: the complimentary offers that somebody has, and what a cart needs so that they can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.catalog import choices as catalog_choices
from plancia.catalog import queries as catalog
from plancia.catalog.models import Plan, ProductType
from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.kernel.periods import months_after
from plancia.organizations.models import Organization
from plancia.promotions import grants
from plancia.promotions.models import Grant
from plancia.shop import applying
from plancia.shop import cart as carts
from plancia.shop.models import Cart, CartLine


@dataclass(frozen=True, slots=True)
class Hint:
    """
    A complimentary offer that the cart does not use, and how that is mended.

    `line` is the line that it would fit: in another organization (`is_elsewhere`), or with another plan or frequency.
    Without a line, the product is not in the cart at all.
    """

    grant: Grant
    organization: Organization
    product: str
    is_elsewhere: bool
    line: str = ""
    line_title: str = ""
    type_code: str = ""
    plan_code: str = ""
    months: int | None = None


def given_to(payers: Sequence[Organization], *, at: datetime) -> list[Grant]:
    """Return the offers of organizations that they can use now, in their currency. One query."""
    known = {one.pk: one for one in payers}
    return [one for one in grants.open_for(known, at=at) if one.currency == known[one.organization_id].currency]


def hints(
    lines: Sequence[CartLine],
    payers: Sequence[Organization],
    payer: Organization | None,
    given: Sequence[Grant],
) -> list[Hint]:
    """
    Return what stands between the cart and the offers of its visitor, for those that no line can use as it is.

    `given` are all her offers (`given_to`). Those of another of her organizations are told only where a line would fit
    them. Two queries at most, and none where there are no offers.
    """
    known = {one.pk: one for one in payers}
    if not given:
        return []
    names = _names(given)
    own = [one for one in given if payer and one.organization_id == payer.pk]
    found = []
    for grant in given:
        fitting = [line for line in lines if grants.fits(grant, line.plan, line.months)]
        if grant in own:
            if not fitting:
                found.append(_unmet(grant, known[grant.organization_id], lines, names))
        elif fitting and not any(grants.fits(one, fitting[0].plan, fitting[0].months) for one in own):
            line = fitting[0]
            found.append(
                Hint(
                    grant,
                    known[grant.organization_id],
                    names[grant.pk],
                    is_elsewhere=True,
                    line=line.public_id,
                    line_title=line.plan.title,
                )
            )
    return found


@transaction.atomic
def mend(*, cart_id: UUID, line: str, grant: str, organization_id: UUID, at: datetime) -> CartLine:
    """
    Make a line what an offer is for, its plan and its frequency, and use the offer for it.

    Raises: cart.LineGone, FrequencyNotOffered; grants.GrantNotThere, GrantDoesNotFit; catalog's ChoiceRefused.
    """
    cart: Cart = Cart.objects.locked().get(pk=cart_id)
    found = cart.lines.by_public_id(line).select_related("plan__product_type").first()
    if found is None:
        raise carts.LineGone
    offer = next((one for one in grants.open_for([organization_id], at=at) if one.public_id == grant), None)
    if offer is None:
        raise grants.GrantNotThere
    if offer.product_type != found.plan.product_type.code:
        raise grants.GrantDoesNotFit
    plan = Plan.objects.select_related("product_type").filter(code=offer.plan).first() if offer.plan else found.plan
    months = offer.months or found.months
    if (
        plan is None
        or plan.is_withdrawn
        or catalog.price_in_force(plan, currency=offer.currency, months=months, at=at) is None
    ):
        raise carts.FrequencyNotOffered
    asked = {name: str(value) for name, value in found.choices.items()}
    found.choices = catalog_choices.validate(plan.product_type, plan, asked)
    found.plan, found.months, found.quantity = plan, months, min(found.quantity, plan.max_quantity)
    found.save(update_fields=["plan", "months", "quantity", "choices"])
    return applying.choose_offer(cart_id=cart_id, line=line, grant=grant, organization_id=organization_id, at=at)


@dataclass(frozen=True, slots=True)
class Ending:
    """What follows the free terms: until when it is free, and what each term costs from then on. Net."""

    free_until: datetime
    then: Money
    months: int


def ending(grant: Grant, gross: Money, months: int, *, at: datetime) -> Ending | None:
    """Return what happens when the free terms end; None where its budget ends before the first term does."""
    covered = grant.budget_minor // gross.minor if gross.minor else grant.terms
    terms = min(grant.terms, covered)
    return Ending(months_after(at, months * terms), gross, months) if terms else None


def _unmet(grant: Grant, organization: Organization, lines: Sequence[CartLine], names: Mapping[UUID, str]) -> Hint:
    near = next((line for line in lines if line.plan.product_type.code == grant.product_type), None)
    return Hint(
        grant,
        organization,
        names[grant.pk],
        is_elsewhere=False,
        line=near.public_id if near else "",
        line_title=near.plan.title if near else "",
        type_code=grant.product_type,
        plan_code=grant.plan,
        months=grant.months,
    )


def _names(given: Sequence[Grant]) -> dict[UUID, str]:
    plans = Plan.objects.filter(code__in={one.plan for one in given if one.plan}).select_related("product_type")
    titles = {plan.code: plan.title for plan in plans}
    types = {one.code: one.name for one in ProductType.objects.filter(code__in={one.product_type for one in given})}
    return {one.pk: titles.get(one.plan) or types.get(one.product_type, one.product_type) for one in given}
