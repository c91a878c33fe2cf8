"""Households: the customers once they are customers, and what they do by their habits."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plancia.accounts.models import User
from plancia.billing import parties, settlement
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.demo import offerings
from plancia.demo.customers import Customer, Habit
from plancia.demo.life import Life, provision
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.organizations import founding
from plancia.organizations.models import Organization
from plancia.payments import charging, transfers
from plancia.payments.methods import Method
from plancia.shop import brake, ordering, paying, pricing
from plancia.shop.models import Order
from plancia.shop.pricing import Wish
from plancia.subscriptions import auto_renewal
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState
from plancia.wallet import prepaid

_DECLINES = ("insufficient_funds", "card_expired", "not_authenticated", "do_not_honor")


@dataclass(slots=True)
class Household:
    """A customer with its organization and its owner. After `leaves_at` it pays for nothing more."""

    customer: Customer
    organization: Organization
    actor: Actor
    leaves_at: datetime | None = None

    def pays(self, at: datetime) -> bool:
        return self.leaves_at is None or at < self.leaves_at


@dataclass(slots=True)
class Town:
    """Where households live: what they share with the provider, and the deeds they do."""

    life: Life
    rng: random.Random
    bookkeeper: Actor
    _transfers: int = 0
    _orders: int = 0

    def found(self, customer: Customer, owner: User, at: datetime) -> Household:
        """Found the organization of a customer."""
        actor = Actor(ActorKind.USER, owner.name, user_id=owner.pk, ip=f"192.0.2.{self.rng.randint(1, 254)}")
        organization = founding.found(
            user=owner,
            kind=customer.kind,
            first_name=customer.first_name,
            last_name=customer.last_name,
            legal_name=customer.legal_name,
            street=customer.street,
            house_number=customer.house_number,
            postcode=customer.postcode,
            city=customer.city,
            country=customer.country,
            vat_number=customer.vat_number,
            language=customer.language,
            actor=actor,
            at=at,
        )
        return Household(customer, organization, actor)

    def order(
        self,
        household: Household,
        wishes: Sequence[Wish],
        at: datetime,
        *,
        pays: bool = True,
        method: Method | None = None,
    ) -> Order:
        """Place an order and plan its payment, if it is to be paid. Every third order has the code of the day."""
        self._orders += 1
        if self._orders % 3 == 0:
            wishes = offerings.with_code(list(wishes), household.organization, at=at)
        quote = pricing.quote(
            wishes, parties.buyer(household.organization), currency=household.organization.currency, at=at
        )
        chosen = method or _METHODS[household.customer.habit]
        order = ordering.place(
            organization_id=household.organization.pk,
            lines=wishes,
            method=chosen,
            idempotency_key=uuid.UUID(int=self.rng.getrandbits(128), version=4),
            quoted_total=quote.total,
            language=household.customer.language,
            actor=household.actor,
            at=at,
        )
        if order.is_held:
            self.life.plan(
                at + timedelta(hours=3), lambda now: self._released(household, order, chosen, now, pays=pays)
            )
        elif not order.is_open:
            self.life.plan(at + timedelta(minutes=1), lambda now: self._settled(household, now))
        elif pays:
            self._pay_order(household, order, chosen, at)
        return order

    def _released(self, household: Household, order: Order, method: Method, at: datetime, *, pays: bool) -> None:
        released = brake.release(order_id=order.pk, actor=self.bookkeeper, at=at)
        if released.is_open and pays:
            self._pay_order(household, released, method, at)

    def decline(self, household: Household, order_id: uuid.UUID, at: datetime) -> None:
        """Try to pay an order by a card that is declined."""
        payment = paying.start_card(order_id=order_id, actor=household.actor, at=at)
        charging.fail(payment_id=payment.pk, code=self.rng.choice(_DECLINES), at=at)

    def top_up(self, household: Household, amount: Money, at: datetime) -> None:
        """Send money to the prepaid account."""
        purpose = f"{household.organization.public_id}:prepaid"
        if self.rng.random() < 0.3:
            self._charge(household, purpose, amount, at)
        else:
            self.transfer(household, purpose, amount, at)

    def transfer(self, household: Household, purpose: str, amount: Money, at: datetime) -> None:
        """Let the bookkeeper record a bank transfer that arrived."""
        transfers.record(
            organization_id=household.organization.pk,
            purpose=purpose,
            amount=amount,
            bank_reference=self._reference(f"{at:%Y%m%d}"),
            actor=self.bookkeeper,
            at=at,
        )

    def pay_invoice(self, household: Household, invoice: Invoice, at: datetime) -> None:
        """Pay what is open on an invoice, as the household does."""
        fresh: Invoice = Invoice.objects.get(pk=invoice.pk)
        if fresh.state != InvoiceState.OPEN or not household.pays(at):
            return
        amount = settlement.open_amount(fresh)
        if _METHODS[household.customer.habit] is Method.CARD:
            if self.rng.random() < 0.08:
                self._charge(household, fresh.public_id, amount, at, is_declined=True)
                self.life.plan(at + timedelta(hours=20), lambda now: self.pay_invoice(household, invoice, now))
                return
            self._charge(household, fresh.public_id, amount, at)
        else:
            self.transfer(household, fresh.public_id, amount, at)

    def expect(self, household: Household, invoice: Invoice, at: datetime) -> None:
        """Plan how a household pays the invoice of a renewal."""
        due_at = at.replace(year=invoice.due_on.year, month=invoice.due_on.month, day=invoice.due_on.day, hour=10)
        match household.customer.habit:
            case Habit.CARD:
                when = at + timedelta(days=self.rng.randint(1, 8), hours=self.rng.randint(7, 19))
            case Habit.TRANSFER:
                when = max(at + timedelta(days=1), due_at - timedelta(days=self.rng.randint(1, 12)))
            case Habit.LATE:
                when = due_at + timedelta(days=self.rng.choice([-2, 3, 9, 9, 12, 18, 25]))
            case Habit.PREPAID:
                # The nightly run collects it; the account is topped up in time.
                when = at + timedelta(days=1)
                self.life.plan(when, lambda now: self._provide(household, invoice, now))
                return
        self.life.plan(when, lambda now: self.pay_invoice(household, invoice, now))

    def _pay_order(self, household: Household, order: Order, method: Method, at: datetime) -> None:
        def settle(now: datetime) -> None:
            match method:
                case Method.CARD:
                    payment = paying.start_card(order_id=order.pk, actor=household.actor, at=now)
                    charging.succeed(payment_id=payment.pk, gateway_reference=self._reference("card"), at=now)
                case Method.TRANSFER:
                    self.transfer(household, order.public_id, order.total, now)
                case Method.PREPAID:
                    paying.pay_with_prepaid(order_id=order.pk, actor=household.actor, at=now)
            self.life.plan(now + timedelta(minutes=1), lambda later: self._settled(household, later))

        if method is Method.PREPAID and prepaid.balance(household.organization) < order.total:
            self.top_up(household, _rounded_up(order.total.times(2)), at)
        if method is Method.CARD and self.rng.random() < 0.1:
            self.decline(household, order.pk, at + timedelta(minutes=1))
        waits = timedelta(days=self.rng.randint(1, 5)) if method is Method.TRANSFER else timedelta(minutes=5)
        self.life.plan(at + waits, settle)

    def _settled(self, household: Household, at: datetime) -> None:
        provision(at)
        if household.customer.habit is Habit.PREPAID:
            held = Subscription.objects.filter(organization=household.organization, is_renewing=False)
            keys = held.exclude(state=SubscriptionState.TERMINATED).values_list("pk", flat=True)
            auto_renewal.switch(subscription_ids=list(keys), is_renewing=True, actor=household.actor, at=at)

    def _provide(self, household: Household, invoice: Invoice, at: datetime) -> None:
        if household.pays(at) and prepaid.balance(household.organization) < invoice.total:
            self.top_up(household, _rounded_up(invoice.total.times(4)), at)

    def _charge(
        self, household: Household, purpose: str, amount: Money, at: datetime, *, is_declined: bool = False
    ) -> None:
        payment = charging.start(
            organization_id=household.organization.pk, purpose=purpose, amount=amount, actor=household.actor, at=at
        )
        if is_declined:
            charging.fail(payment_id=payment.pk, code=self.rng.choice(_DECLINES), at=at)
        else:
            charging.succeed(payment_id=payment.pk, gateway_reference=self._reference("card"), at=at)

    def _reference(self, stem: str) -> str:
        self._transfers += 1
        return f"{stem}-{self._transfers:06d}"


_METHODS = {
    Habit.TRANSFER: Method.TRANSFER,
    Habit.CARD: Method.CARD,
    Habit.PREPAID: Method.PREPAID,
    Habit.LATE: Method.TRANSFER,
}


def _rounded_up(amount: Money) -> Money:
    """The next whole hundred, as people top up."""
    return Money(-(-amount.minor // 10_000) * 10_000, amount.currency)
