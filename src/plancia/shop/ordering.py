"""Ordering: turning wishes into an order, once per press of the button, at the total that was shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.utils import IntegrityError
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import parties, references
from plancia.billing.parties import Party
from plancia.kernel import clock, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments.methods import Method
from plancia.promotions import taking
from plancia.shop import brake, events, pricing, promises, settling
from plancia.shop.models import Order, OrderLine
from plancia.shop.pricing import Quote, Wish
from plancia.shop.states import OrderState


class NothingToOrder(Refusal):
    """The list is empty."""

    code = "nothing_to_order"
    sentence = _("Your cart is empty.")


class MethodMissing(Refusal):
    """There is something to pay, and no way to pay was chosen."""

    code = "method_missing"
    sentence = _("Please choose how you want to pay.")
    field = "method"


class PriceChanged(Refusal):
    """The total is not the one that the customer saw. `quote` is the present one, to be shown."""

    code = "price_changed"
    sentence = _("The total is now %(now)s; you were shown %(shown)s. Please check it and order again.")

    def __init__(self, *, quote: Quote, shown: Money) -> None:
        super().__init__(now=quote.total, shown=shown)
        self.quote = quote


@transaction.atomic
def place(
    *,
    organization_id: UUID,
    lines: Sequence[Wish],
    method: Method | None,
    idempotency_key: UUID,
    quoted_total: Money,
    language: str,
    actor: Actor,
    at: datetime,
    buyer: Party | None = None,
    visitor_country: str = "",
) -> Order:
    """
    Write an order. The same key again returns the same order, whatever else is asked.

    `buyer` is the billing address, the organization's unless given. An order of nothing to pay is paid at once.

    What reduces its lines is taken with it: a promo code, a complimentary offer. A rule of the brake may hold it for
    staff; `visitor_country` is where the visitor seems to be, if anybody knows.

    Raises: NothingToOrder; MethodMissing; PriceChanged, when `quoted_total` is not the total now; NoLongerOffered; what
    promotions.taking.take does.
    Source: docs/decisions/0013-order-paid-once.md
    """
    placed = _placed(organization_id, idempotency_key)
    if placed:
        return placed
    if not lines:
        raise NothingToOrder

    owner = Organization.objects.all()
    # Who takes a code waits for others of his organization first, as whoever gives one back does.
    organization = (owner.locked() if any(wish.promise for wish in lines) else owner).get(pk=organization_id)
    buyer = buyer or parties.buyer(organization)
    quote = pricing.quote(lines, buyer, currency=organization.currency, at=at)
    if quote.total != quoted_total:
        raise PriceChanged(quote=quote, shown=quoted_total)
    if quote.total.is_positive and method is None:
        raise MethodMissing

    held_for = brake.reasons(brake.Situation(organization, buyer, quote.total, visitor_country, at))
    try:
        with transaction.atomic():
            order = _write(
                organization_id,
                quote,
                buyer,
                held_for=held_for,
                method=method,
                key=idempotency_key,
                language=language,
                actor=actor,
                at=at,
            )
    except IntegrityError:
        # Another press of the same button was quicker, and has committed since we looked.
        placed = _placed(organization_id, idempotency_key)
        if placed is None:
            raise
        return placed

    trail.record(
        actor,
        "order.placed",
        order.public_id,
        organization_id=organization_id,
        at=at,
        number=order.number,
        total_minor=order.total_minor,
        currency=order.currency,
    )
    if held_for:
        facts.publish(events.OrderHeld(organization_id=organization_id, happened_at=at, order=order.public_id))
        return order
    facts.publish(
        events.OrderPlaced(
            organization_id=organization_id,
            happened_at=at,
            order=order.public_id,
            total_minor=order.total_minor,
            currency=order.currency,
            method=order.method,
        )
    )
    if not order.total:
        settling.settle_free(order_id=order.pk, at=at)
        order.refresh_from_db()
    return order


def _placed(organization_id: UUID, key: UUID) -> Order | None:
    found: Order | None = Order.objects.filter(organization_id=organization_id, idempotency_key=key).first()
    return found


def _write(
    organization_id: UUID,
    quote: Quote,
    buyer: Party,
    *,
    held_for: list[str],
    method: Method | None,
    key: UUID,
    language: str,
    actor: Actor,
    at: datetime,
) -> Order:
    number = _next_number()
    order = Order.objects.create(
        organization_id=organization_id,
        number=number,
        idempotency_key=key,
        placed_by_id=actor.user_id,
        language=language,
        currency=quote.total.currency,
        net_minor=quote.totals.net.minor,
        tax_minor=quote.totals.tax.minor,
        total_minor=quote.total.minor,
        buyer=buyer.as_json,
        taxes=quote.tax_rows(),
        method=method if method and quote.total else "",
        payment_reference=references.for_order(number),
        state=OrderState.HELD if held_for else OrderState.OPEN,
        held_for=held_for,
        placed_at=at,
        expires_at=at + clock.days(settings.ORDER_WAITS_DAYS),
    )
    written = [
        OrderLine(
            organization_id=organization_id,
            order=order,
            position=position,
            plan=line.wish.plan,
            price=line.price,
            description=pricing.title(line.wish, language),
            months=line.wish.months,
            quantity=line.wish.quantity,
            choices=dict(line.wish.choices),
            net_minor=line.net.minor,
            discount_minor=line.discount.minor,
            promise=promises.kept(line.wish.promise) if line.wish.promise else {},
        )
        for position, line in enumerate(quote.lines, start=1)
    ]
    OrderLine.objects.bulk_create(written)
    taken = [(line.wish.promise.source, line.discount) for line in quote.lines if line.wish.promise]
    taking.take(taken, organization_id=organization_id, order_id=order.pk, at=at)
    return order


def _next_number() -> str:
    with transaction.connection().cursor() as cursor:
        cursor.execute("select nextval('shop_order_number')")
        return str(cursor.fetchone()[0])
