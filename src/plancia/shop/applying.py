"""
Applying: promo codes and complimentary offers on the lines of a cart, and what they make of it for one buyer.

A line has one of either. What was applied is judged again whenever the cart is priced: what does not hold any more
takes nothing, and says why. Source: SPEC 4.3 and 4.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.promotions import codes, grants
from plancia.promotions.codes import Buyer, CodeRefused, Item
from plancia.promotions.models import Code, Grant
from plancia.shop import cart as carts
from plancia.shop import pricing
from plancia.shop.models import Cart, CartLine
from plancia.shop.pricing import Wish
from plancia.subscriptions.discounts import Promise


class NothingToApplyTo(Refusal):
    """There is no line to reduce."""

    code = "nothing_to_apply_to"
    sentence = _("Your cart is empty: a promo code is for products in it.")
    field = "code"


@dataclass(frozen=True, slots=True)
class Appraisal:
    """
    What reduces a line for a buyer: the promise that holds, or the reason why what was applied does not.

    `offers` are the complimentary offers that would fit, `grant` the one that is chosen.
    """

    line: CartLine
    promise: Promise | None = None
    refusal: Refusal | None = None
    offers: Sequence[Grant] = ()
    grant: Grant | None = None

    @property
    def wish(self) -> Wish:
        """What the line asks for, reduced."""
        return wish_of(self.line, self.promise)


def appraise(
    lines: Sequence[CartLine], buyer: Buyer, *, given: Sequence[Grant] | None = None, at: datetime
) -> list[Appraisal]:
    """
    Return what reduces each line of a cart for a buyer, now.

    `given` are the complimentary offers of whom the visitor may order for, where the caller has read them.
    """
    has_codes = any(line.code_id for line in lines)
    items = _items(lines, buyer.currency, at=at) if has_codes else [None for _line in lines]
    if given is None:
        given = grants.open_for([buyer.organization_id], at=at) if buyer.organization_id else []
    offers = [one for one in given if one.organization_id == buyer.organization_id]
    used: set[UUID] = set()
    taken: dict[UUID, int] = {}
    result = []
    for line, item in zip(lines, items, strict=True):
        fitting = [
            one
            for one in offers
            if grants.fits(one, line.plan, line.months) and one.pk not in used and one.currency == buyer.currency
        ]
        if line.grant_id:
            chosen = next((one for one in fitting if one.pk == line.grant_id), None)
            if chosen:
                used.add(chosen.pk)
            refusal = None if chosen else grants.GrantNotThere()
            promise = grants.promise(chosen) if chosen else None
            result.append(Appraisal(line, promise, refusal, fitting, chosen))
            continue
        promise, refused = None, None
        if line.code:
            before = taken.get(line.code.campaign_id, 0)
            refused = refusal_of(line.code, buyer, item, items, taken=before, at=at)
            if refused is None:
                taken[line.code.campaign_id] = before + 1
                promise = codes.promise(line.code, buyer.currency)
        result.append(Appraisal(line, promise, refused, fitting))
    return result


def refusal_of(
    code: Code, buyer: Buyer, item: Item | None, items: Sequence[Item | None], *, taken: int, at: datetime
) -> CodeRefused | None:
    """Return why a code does not hold for a line, or None where it does."""
    sold = [one for one in items if one is not None]
    if item is None:
        return codes.CodeRefused()
    try:
        codes.check(code, buyer, items=sold, taken=taken, at=at)
        codes.check_item(code, item)
    except CodeRefused as refusal:
        return refusal
    return None


@transaction.atomic
def apply_code(*, cart_id: UUID, text: str, buyer: Buyer, at: datetime) -> CartLine:
    """
    Apply what somebody typed to the line that it takes most off, among those without a discount.

    Raises: NothingToApplyTo; codes.CodeRefused, a subclass that says what stands in the way.
    """
    cart = Cart.objects.locked().get(pk=cart_id)
    lines = contents(cart)
    if not lines:
        raise NothingToApplyTo
    code = codes.find(text)
    items = _items(lines, buyer.currency, at=at)
    same = [line for line in lines if line.code and line.code.campaign_id == code.campaign_id]
    if any(line.code_id == code.pk for line in same) and not _may_again(code, buyer, len(same)):
        raise codes.CodeInCart(text=code.text)

    fitting: list[tuple[Money, CartLine]] = []
    refusals: list[CodeRefused] = []
    for line, item in zip(lines, items, strict=True):
        refusal = refusal_of(code, buyer, item, items, taken=len(same), at=at)
        if refusal:
            refusals.append(refusal)
        elif line.code_id or line.grant_id:
            refusals.append(codes.LineHasCode(text=code.text))
        elif item:
            fitting.append((codes.promise(code, buyer.currency).reduction.of(item.gross), line))
    if not fitting:
        raise codes.best(refusals)
    _off, best = max(fitting, key=lambda pair: pair[0].minor)
    best.code = code
    best.save(update_fields=["code"])
    _touch(cart, at=at)
    return best


@transaction.atomic
def remove_code(*, cart_id: UUID, line: str, at: datetime) -> CartLine:
    """Take a code off a line. Raises: cart.LineGone."""
    cart = Cart.objects.locked().get(pk=cart_id)
    found = _line(cart, line)
    found.code = None
    found.save(update_fields=["code"])
    _touch(cart, at=at)
    return found


@transaction.atomic
def choose_offer(*, cart_id: UUID, line: str, grant: str, organization_id: UUID, at: datetime) -> CartLine:
    """
    Use a complimentary offer for a line, or none (`grant` empty). It takes the place of a code.

    Raises: cart.LineGone; grants.GrantNotThere, GrantDoesNotFit.
    """
    cart = Cart.objects.locked().get(pk=cart_id)
    found = _line(cart, line)
    if not grant:
        found.grant_id = None
    else:
        offer = next((one for one in grants.open_for([organization_id], at=at) if one.public_id == grant), None)
        if offer is None:
            raise grants.GrantNotThere
        if not grants.fits(offer, found.plan, found.months):
            raise grants.GrantDoesNotFit
        # Used once: what it was chosen for before goes without.
        cart.lines.filter(grant_id=offer.pk).update(grant_id=None)
        found.code, found.grant_id = None, offer.pk
    found.save(update_fields=["code", "grant_id"])
    _touch(cart, at=at)
    return found


def contents(cart: Cart) -> list[CartLine]:
    """Return the lines of a cart in the order in which they were added, with their plans and codes. One query."""
    return list(
        cart.lines.select_related("plan__product_type", "code__campaign", "held_price").order_by("added_at", "pk")
    )


def wish_of(line: CartLine, promise: Promise | None = None) -> Wish:
    """Return what a line asks for."""
    return Wish(line.plan, line.months, line.quantity, line.choices, promise, line.held_price, line.held_until)


def _items(lines: Sequence[CartLine], currency: str, *, at: datetime) -> list[Item | None]:
    prices = pricing.prices_by_frequency([line.plan for line in lines], currency=currency, at=at)
    return [
        Item(line.plan, line.months, price.amount.times(line.quantity))
        if (price := pricing.price_of(wish_of(line), prices, currency=currency, at=at))
        else None
        for line in lines
    ]


def _may_again(code: Code, buyer: Buyer, taken: int) -> bool:
    most, mine = code.most, code.campaign.per_organization
    return (most is None or code.used + taken < most) and (mine is None or taken < mine)


def _line(cart: Cart, public_id: str) -> CartLine:
    found: CartLine | None = cart.lines.by_public_id(public_id).select_related("plan__product_type").first()
    if found is None:
        raise carts.LineGone
    return found


def _touch(cart: Cart, *, at: datetime) -> None:
    cart.touched_at = at
    cart.save(update_fields=["touched_at"])
