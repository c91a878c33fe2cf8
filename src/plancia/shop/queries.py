"""What carts and orders can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise

from plancia.billing.models import Invoice
from plancia.catalog.models import Price
from plancia.kernel import ids
from plancia.kernel.money import Money
from plancia.kernel.pages import Page, page_of
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Permission, Role, granted
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.shop import applying, pricing, promises
from plancia.shop.models import Cart, CartLine, Order, OrderLine, OrderPayment
from plancia.shop.states import OrderState
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState


@dataclass(frozen=True, slots=True)
class CartRow:
    """
    A line of a cart. `net` is None where it cannot be ordered any more.

    Units: `unit_price` for one unit and one term.
    """

    public_id: str
    type_code: str
    plan_code: str
    title: str
    chosen: str
    icon: str
    months: int
    frequencies: tuple[int, ...]
    quantity: int
    most: int
    unit_price: Money | None
    net: Money | None
    held_until: datetime | None = None

    @property
    def is_offered(self) -> bool:
        return self.net is not None


@dataclass(frozen=True, slots=True)
class CartContent:
    """A cart as its page shows it. Units: `net` is the sum of what can be ordered, before tax."""

    currency: str
    rows: tuple[CartRow, ...]
    net: Money

    @property
    def is_orderable(self) -> bool:
        """Whether there is something in it, and all of it is sold."""
        return bool(self.rows) and all(row.is_offered for row in self.rows)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in the list."""

    public_id: str
    number: str
    state: OrderState
    placed_at: datetime
    total: Money


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """A line of an order, and what became of it."""

    description: str
    icon: str
    months: int
    quantity: int
    unit_price: Money
    discount: Money
    why: str
    net: Money
    subscription: str
    subscription_state: SubscriptionState | None


@dataclass(frozen=True, slots=True)
class TaxRow:
    """The tax of one rate. Units: `rate` in percent."""

    category: str
    rate: str
    country: str
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment for an order, or the try."""

    public_id: str
    method: Method
    state: str
    failure_code: str
    amount: Money
    kept: Money | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order as its page shows it."""

    key: UUID
    public_id: str
    number: str
    state: OrderState
    state_label: str | Promise
    method: str
    payment_reference: str
    buyer: dict[str, str]
    placed_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    ended_at: datetime | None
    net: Money
    tax: Money
    total: Money
    taxes: tuple[TaxRow, ...]
    lines: tuple[OrderedLine, ...]
    attempts: tuple[Attempt, ...]
    invoice: str
    invoice_number: str

    @property
    def is_open(self) -> bool:
        return self.state is OrderState.OPEN

    @property
    def is_settling(self) -> bool:
        """Whether money was sent or came, and the rest happens by itself."""
        return self.is_open and any(attempt.state == "succeeded" and attempt.kept is None for attempt in self.attempts)

    @property
    def running(self) -> int:
        """How many of its products run."""
        return sum(line.subscription_state not in (None, SubscriptionState.PENDING) for line in self.lines)

    @property
    def is_complete(self) -> bool:
        """Whether it is paid and everything in it was set up."""
        return self.state is OrderState.PAID and self.running == len(self.lines)


def cart_content(
    cart: Cart | None, *, currency: str, at: datetime, lines: Sequence[CartLine] | None = None
) -> CartContent:
    """
    Return what is in a cart, at the prices of now in `currency`; nothing where there is no cart. Two queries.

    `lines` are the cart's, where the caller has read them already.
    """
    if lines is None:
        lines = applying.contents(cart) if cart else []
    plans = [line.plan for line in lines]
    prices = pricing.prices_by_frequency(plans, currency=currency, at=at) if plans else {}
    rows = tuple(_cart_row(line, prices, currency=currency, at=at) for line in lines)
    return CartContent(currency, rows, Money.total([row.net for row in rows if row.net], currency))


def lines_in_cart(public_id: str | None) -> int:
    """Return how many lines a session's cart has, for the badge of the cart."""
    key = ids.parse(Cart.prefix, public_id or "")
    return CartLine.objects.filter(cart_id=key).count() if key else 0


def payers(user_id: UUID) -> list[Organization]:
    """Return the organizations for which a user may order, by name."""
    memberships = Membership.objects.filter(user_id=user_id).select_related("organization")
    return sorted(
        (
            membership.organization
            for membership in memberships
            if Permission.ORDER in granted(Role(membership.role), has_billing=membership.has_billing)
        ),
        key=lambda organization: (organization.name.casefold(), organization.pk),
    )


def orders(organization_id: UUID, *, page: int) -> Page[OrderRow]:
    """Return the orders of an organization, the newest first."""
    found = Order.objects.filter(organization_id=organization_id).order_by("-placed_at", "-pk")
    return page_of(found, _order_row, number=page)


def order(organization_id: UUID, public_id: str) -> OrderDetail | None:
    """Return an order of an organization with its lines, payments and products, or None. Five queries at most."""
    found: Order | None = Order.objects.filter(organization_id=organization_id).by_public_id(public_id).first()
    if found is None:
        return None
    product = Subscription.objects.filter(pk=OuterRef("subscription_id"))
    lines = list(
        found.lines.select_related("plan__product_type", "price")
        .annotate(product_state=Subquery(product.values("state")))
        .order_by("position")
    )
    invoice = None
    if found.paid_at and found.total:
        invoice = Invoice.objects.filter(organization_id=organization_id, purpose=public_id, kind="invoice").first()
    return OrderDetail(
        key=found.pk,
        public_id=public_id,
        number=found.number,
        state=OrderState(found.state),
        state_label=found.label,
        method=found.method,
        payment_reference=found.payment_reference,
        buyer=found.buyer,
        placed_at=found.placed_at,
        expires_at=found.expires_at,
        paid_at=found.paid_at,
        ended_at=found.ended_at,
        net=found.net,
        tax=Money(found.tax_minor, found.currency),
        total=found.total,
        taxes=tuple(_tax_row(row, found.currency) for row in found.taxes),
        lines=tuple(_ordered_line(line, found.currency) for line in lines),
        attempts=_attempts(found),
        invoice=invoice.public_id if invoice else "",
        invoice_number=invoice.number if invoice else "",
    )


def _cart_row(line: CartLine, prices: dict[tuple[object, int], Price], *, currency: str, at: datetime) -> CartRow:
    plan = line.plan
    is_sold = not (plan.is_withdrawn or plan.product_type.is_withdrawn)
    price = pricing.price_of(applying.wish_of(line), prices, currency=currency, at=at) if is_sold else None
    frequencies = sorted(months for key, months in prices if key == plan.pk) if is_sold else []
    return CartRow(
        public_id=line.public_id,
        type_code=plan.product_type.code,
        plan_code=plan.code,
        title=f"{plan.product_type.name} {plan.name}",
        chosen=pricing.display_name(applying.wish_of(line)),
        icon=plan.product_type.icon,
        months=line.months,
        frequencies=tuple(frequencies),
        quantity=line.quantity,
        most=plan.max_quantity,
        unit_price=price.amount if price else None,
        held_until=line.held_until if price and price == line.held_price else None,
        net=price.amount.times(line.quantity) if price else None,
    )


def _order_row(found: Order) -> OrderRow:
    return OrderRow(found.public_id, found.number, OrderState(found.state), found.placed_at, found.total)


def _ordered_line(line: OrderLine, currency: str) -> OrderedLine:
    state = line.product_state  # type: ignore[attr-defined]  # annotated by `order`
    return OrderedLine(
        description=line.description,
        icon=line.plan.product_type.icon,
        months=line.months,
        quantity=line.quantity,
        unit_price=line.price.amount,
        discount=Money(line.discount_minor, currency),
        why=promises.why(line, currency),
        net=Money(line.net_minor, currency),
        subscription=ids.public(Subscription.prefix, line.subscription_id) if line.subscription_id else "",
        subscription_state=SubscriptionState(state) if state else None,
    )


def _tax_row(row: dict[str, object], currency: str) -> TaxRow:
    return TaxRow(
        category=str(row["category"]),
        rate=str(row["rate"]),
        country=str(row["country"]),
        net=Money(int(str(row["net_minor"])), currency),
        tax=Money(int(str(row["tax_minor"])), currency),
    )


def _attempts(found: Order) -> tuple[Attempt, ...]:
    payments = Payment.objects.filter(organization_id=found.organization_id, purpose=found.public_id).order_by(
        "-started_at", "-pk"
    )
    judged = {row.payment: row for row in OrderPayment.objects.filter(order=found)}
    return tuple(
        Attempt(
            public_id=payment.public_id,
            method=Method(payment.method),
            state=payment.state,
            failure_code=payment.failure_code,
            amount=payment.amount,
            kept=judged[payment.public_id].kept if payment.public_id in judged else None,
            started_at=payment.started_at,
        )
        for payment in payments
    )
