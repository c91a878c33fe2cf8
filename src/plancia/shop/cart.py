"""
The cart: what a visitor means to order.

A cart belongs to a browser's session, which remembers its public id; whoever cannot name it cannot reach its lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.catalog import choices as catalog_choices
from plancia.catalog import queries as catalog
from plancia.catalog.models import Plan
from plancia.kernel import transaction
from plancia.kernel.refusals import Refusal
from plancia.shop.models import Cart, CartLine


class NotOffered(Refusal):
    """The plan is not sold, or not for this frequency and currency."""

    code = "not_offered"
    sentence = _("This plan is not offered any more. Please choose another one.")


class FrequencyNotOffered(Refusal):
    """The plan has no price for the frequency."""

    code = "frequency_not_offered"
    sentence = _("This plan is not offered for that frequency. Please choose one of the list.")
    field = "months"


class QuantityRefused(Refusal):
    """The quantity is not between one and what the plan allows."""

    code = "quantity_refused"
    sentence = _("Enter a whole number from 1 to %(most)s.")
    field = "quantity"


class AlreadyInCart(Refusal):
    """The same product, which can exist only once, is in the cart."""

    code = "already_in_cart"
    sentence = _("%(name)s is in your cart already.")


class CartFull(Refusal):
    """The cart holds as many lines as it may."""

    code = "cart_full"
    sentence = _("A cart holds at most %(most)s lines. Please order these first, then go on.")


class LineGone(Refusal):
    """The line is not in the cart: removed meanwhile, or never there."""

    code = "cart_line_gone"
    sentence = _("This line is not in your cart any more.")


@transaction.atomic
def open_cart(*, currency: str, at: datetime) -> Cart:
    """Make an empty cart that shows prices in `currency`."""
    return Cart.objects.create(currency=currency, created_at=at, touched_at=at)


def find(public_id: str | None) -> Cart | None:
    """Return the cart that a session remembers, or None."""
    found: Cart | None = Cart.objects.by_public_id(public_id or "").first()
    return found


@transaction.atomic
def add(
    *, cart_id: UUID, plan_code: str, months: int, quantity: int, choices: Mapping[str, str], at: datetime
) -> CartLine:
    """
    Put a plan into the cart, with what the customer chose for it.

    What can be had several times and is there already grows by `quantity`; what exists only once, as a domain
    does, is refused the second time.

    Raises: NotOffered, FrequencyNotOffered, QuantityRefused, AlreadyInCart, CartFull, catalog's ChoiceRefused.
    """
    cart = _locked(cart_id)
    plan = Plan.objects.select_related("product_type").filter(code=plan_code).first()
    if plan is None or plan.is_withdrawn or plan.product_type.is_withdrawn:
        raise NotOffered
    if catalog.price_in_force(plan, currency=cart.currency, months=months, at=at) is None:
        raise FrequencyNotOffered
    chosen = catalog_choices.validate(plan.product_type, plan, choices)

    same = (
        cart.lines.filter(plan=plan, months=months, choices=chosen).first() if chosen or plan.max_quantity > 1 else None
    )
    if same and plan.max_quantity == 1:
        name = catalog_choices.display_name(plan.product_type, chosen, "")
        raise AlreadyInCart(name=name or _("This product"))
    _require_quantity(plan, quantity + (same.quantity if same else 0))
    if same:
        same.quantity += quantity
        same.save(update_fields=["quantity"])
        _touch(cart, at=at)
        return same
    if cart.lines.count() >= settings.CART_LINES_MAX:
        raise CartFull(most=settings.CART_LINES_MAX)

    line = CartLine.objects.create(cart=cart, plan=plan, months=months, quantity=quantity, choices=chosen, added_at=at)
    _touch(cart, at=at)
    return line


@transaction.atomic
def change(*, cart_id: UUID, line: str, quantity: int, months: int | None = None, at: datetime) -> CartLine:
    """
    Change how many of a line are wanted, and for how long at a time.

    Raises: LineGone, FrequencyNotOffered, QuantityRefused.
    """
    cart = _locked(cart_id)
    found = cart.lines.by_public_id(line).select_related("plan").first()
    if found is None:
        raise LineGone
    _require_quantity(found.plan, quantity)
    if months is not None and months != found.months:
        if catalog.price_in_force(found.plan, currency=cart.currency, months=months, at=at) is None:
            raise FrequencyNotOffered
        found.months = months
    found.quantity = quantity
    found.save(update_fields=["quantity", "months"])
    _touch(cart, at=at)
    return found


@transaction.atomic
def remove(*, cart_id: UUID, line: str, at: datetime) -> None:
    """Take a line out of the cart. Raises: LineGone."""
    cart = _locked(cart_id)
    taken, _rows = cart.lines.by_public_id(line).delete()
    if not taken:
        raise LineGone
    _touch(cart, at=at)


@transaction.atomic
def show_in(*, cart_id: UUID, currency: str, at: datetime) -> None:
    """Show the cart's prices in another currency."""
    cart = _locked(cart_id)
    cart.currency = currency
    cart.save(update_fields=["currency"])
    _touch(cart, at=at)


@transaction.atomic
def choose_payer(*, cart_id: UUID, payer: str) -> None:
    """Remember for which organization the cart is: its offers are shown beside the lines."""
    cart = _locked(cart_id)
    cart.payer = payer
    cart.save(update_fields=["payer"])


def _locked(cart_id: UUID) -> Cart:
    return Cart.objects.locked().get(pk=cart_id)


def _require_quantity(plan: Plan, quantity: int) -> None:
    if not 1 <= quantity <= plan.max_quantity:
        raise QuantityRefused(most=plan.max_quantity)


def _touch(cart: Cart, *, at: datetime) -> None:
    cart.touched_at = at
    cart.save(update_fields=["touched_at"])
