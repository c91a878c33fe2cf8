"""Paying: how money is asked for an open order, by each method."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.refusals import Refusal
from plancia.ledger.posting import InsufficientFunds
from plancia.payments import charging
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.shop import settling
from plancia.shop.models import Order
from plancia.wallet import prepaid


class NotPayable(Refusal):
    """The order waits for no money: it is paid, or has ended."""

    code = "order_not_payable"
    sentence = _("This order cannot be paid: it is “%(state)s”.")

    def __init__(self, order: Order) -> None:
        super().__init__(state=order.label)


@transaction.atomic
def pay_with_prepaid(*, order_id: UUID, actor: Actor, at: datetime) -> Order:
    """
    Pay an order from the prepaid account and carry it out, at once and as a whole.

    Raises: NotPayable; InsufficientFunds, and then nothing happened.
    """
    order = _open(order_id)
    payment = prepaid.spend(
        organization_id=order.organization_id, purpose=order.public_id, amount=order.total, actor=actor, at=at
    )
    order.choose(Method.PREPAID)
    settling.receive(order_id=order.pk, payment=payment.public_id, amount=payment.amount, at=at)
    order.refresh_from_db()
    return order


@transaction.atomic
def pay_with_parts(*, order_id: UUID, at: datetime) -> Order:
    """
    Pay an open order for which enough came in parts, each of which was kept on the prepaid account.

    Where less came, or what came was spent meanwhile, nothing happens: the order goes on waiting.
    """
    order = settling.lock(order_id)
    if not order.is_open or settling.received_so_far(order) < order.total:
        return order
    try:
        return pay_with_prepaid(order_id=order_id, actor=SYSTEM, at=at)
    except InsufficientFunds:
        return order


@transaction.atomic
def start_card(*, order_id: UUID, actor: Actor, at: datetime) -> Payment:
    """
    Start a card payment for an order, or go on with the one that is under way.

    Whether it succeeds, only the gateway's signed callback says.

    Raises: NotPayable.
    """
    order = _open(order_id)
    order.choose(Method.CARD)
    waiting: Payment | None = (
        Payment.objects.filter(organization_id=order.organization_id, purpose=order.public_id)
        .filter(state=PaymentState.PENDING, method=Method.CARD)
        .order_by("-started_at", "-pk")
        .first()
    )
    return waiting or charging.start(
        organization_id=order.organization_id, purpose=order.public_id, amount=order.total, actor=actor, at=at
    )


@transaction.atomic
def wait_for_transfer(*, order_id: UUID) -> Order:
    """Let an order wait for a bank transfer under its reference. Raises: NotPayable."""
    order = _open(order_id)
    order.choose(Method.TRANSFER)
    return order


def _open(order_id: UUID) -> Order:
    order = settling.lock(order_id)
    if not order.is_open:
        raise NotPayable(order)
    return order
