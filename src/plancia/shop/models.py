from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.functional import Promise

from plancia.kernel.money import Money
from plancia.kernel.rows import Row
from plancia.shop.states import ORDER_MOVES, OrderState


class Cart(Row):
    """
    What a visitor means to order. It belongs to a browser's session, not yet to an organization.

    `last_*` say which order emptied it last, and by which press of the button: the answer to a repeated press.
    """

    prefix = "crt"

    currency = models.CharField(max_length=3)
    payer = models.TextField(blank=True)  # the public id of the organization that it is for, once one was chosen
    last_key = models.UUIDField(null=True)
    last_organization = models.TextField(blank=True)
    last_order = models.TextField(blank=True)
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField()

    class Meta:
        db_table = "shop_cart"


class CartLine(Row):
    """One plan in a cart."""

    prefix = "crl"

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    plan = models.ForeignKey("catalog.Plan", on_delete=models.PROTECT)
    months = models.IntegerField()
    quantity = models.IntegerField(default=1)
    choices = models.JSONField(default=dict)
    code = models.ForeignKey("promotions.Code", null=True, on_delete=models.SET_NULL, related_name="+")
    grant_id = models.UUIDField(null=True)
    held_price = models.ForeignKey("catalog.Price", null=True, on_delete=models.PROTECT, related_name="+")
    held_until = models.DateTimeField(null=True)  # until when a quote holds that price
    added_at = models.DateTimeField()

    class Meta:
        db_table = "shop_cart_line"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, quantity__lte=10_000), name="cart_line_quantity"
            ),
            models.CheckConstraint(
                condition=models.Q(code=None) | models.Q(grant_id=None), name="cart_line_one_discount"
            ),
        ]


class Quote(Row):
    """
    A cart as it was quoted: shown to whoever has its link, at prices that hold until `valid_until`. Never changed.

    Units: minor units of `currency`. `lines` are names with plan, price, quantity and choices; `buyer` is for whom it
    was made, as far as known.
    """

    prefix = "quo"

    number = models.TextField(unique=True)
    token = models.CharField(max_length=43, unique=True)
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    lines = models.JSONField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    buyer = models.JSONField()
    taxes = models.JSONField()
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        db_table = "shop_quote"

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


class Order(Row):
    """
    An order as it was placed. `idempotency_key` makes a repeated press of the button the same order.

    Units: minor units of `currency`. `buyer` is the billing address on the day; `taxes` the tax per rate.
    """

    prefix = "ord"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    number = models.TextField(unique=True)
    state = models.TextField(default="open")
    idempotency_key = models.UUIDField()
    placed_by_id = models.UUIDField(null=True)
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    buyer = models.JSONField()
    taxes = models.JSONField()
    method = models.TextField(blank=True)  # payments.methods.Method; empty where there is nothing to pay
    payment_reference = models.TextField(unique=True)
    held_for = models.JSONField(default=list, db_default=[])  # names of the rules that held it (shop.brake)
    released_at = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "shop_order"
        constraints = [
            models.UniqueConstraint(fields=["organization", "idempotency_key"], name="order_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["held", "open", "paid", "cancelled", "expired"]), name="order_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state="paid", paid_at__isnull=False)
                | (~models.Q(state="paid") & models.Q(paid_at=None)),
                name="order_paid_at",
            ),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("net_minor") + models.F("tax_minor")), name="order_adds_up"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-placed_at"], name="order_newest"),
            models.Index(fields=["expires_at"], name="order_open", condition=models.Q(state="open")),
        ]

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def is_open(self) -> bool:
        return self.state == OrderState.OPEN

    @property
    def is_held(self) -> bool:
        return self.state == OrderState.HELD

    @property
    def label(self) -> str | Promise:
        """Its state, as people call it."""
        return OrderState(self.state).label

    def choose(self, method: str) -> None:
        """Record how the customer means to pay now."""
        self.method = method
        self.save(update_fields=["method"])

    def mark_paid(self, *, at: datetime) -> None:
        """Record that the whole amount came."""
        self.state = ORDER_MOVES.require(OrderState(self.state), OrderState.PAID)
        self.paid_at = at
        self.save(update_fields=["state", "paid_at"])

    def release(self, *, at: datetime) -> None:
        """Record that staff looked at it, and let it go."""
        self.state = ORDER_MOVES.require(OrderState(self.state), OrderState.OPEN)
        self.released_at = at
        self.save(update_fields=["state", "released_at"])

    def cancel(self, *, at: datetime) -> None:
        """Record that the customer gave it up, or staff refused it."""
        self.state = ORDER_MOVES.require(OrderState(self.state), OrderState.CANCELLED)
        self.ended_at = at
        self.save(update_fields=["state", "ended_at"])

    def expire(self, *, at: datetime) -> None:
        """Record that nobody paid it in time."""
        self.state = ORDER_MOVES.require(OrderState(self.state), OrderState.EXPIRED)
        self.ended_at = at
        self.save(update_fields=["state", "ended_at"])


class OrderLine(Row):
    """
    One product ordered, at the price of the day.

    `promise` is what a promo code or a complimentary offer takes off its first terms (`shop.promises`); empty without.
    Units: `net_minor` is what is asked, `discount_minor` what was taken off before.
    """

    prefix = "orl"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.IntegerField()
    plan = models.ForeignKey("catalog.Plan", on_delete=models.PROTECT)
    price = models.ForeignKey("catalog.Price", on_delete=models.PROTECT)
    description = models.TextField()
    months = models.IntegerField()
    quantity = models.IntegerField()
    choices = models.JSONField(default=dict)
    net_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0, db_default=0)
    promise = models.JSONField(default=dict, db_default={})
    subscription_id = models.UUIDField(null=True)

    class Meta:
        db_table = "shop_order_line"
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once")]


class OrderPayment(Row):
    """
    What became of a payment for an order: applied to it, or kept on the prepaid account. Once per payment.

    Units: minor units of `currency`, the payment's; `applied_minor` and `kept_minor` add up to what came.
    """

    prefix = "orp"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    payment = models.TextField(unique=True)  # the public id of the payment
    currency = models.CharField(max_length=3)
    applied_minor = models.BigIntegerField()
    kept_minor = models.BigIntegerField()
    judged_at = models.DateTimeField()

    class Meta:
        db_table = "shop_order_payment"
        constraints = [
            models.UniqueConstraint(
                fields=["order"], name="order_settled_once", condition=models.Q(applied_minor__gt=0)
            ),
            models.CheckConstraint(
                condition=models.Q(applied_minor__gte=0, kept_minor__gte=0), name="order_payment_not_negative"
            ),
        ]

    @property
    def kept(self) -> Money:
        return Money(self.kept_minor, self.currency)
