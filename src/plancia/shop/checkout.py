"""Checkout: from a cart to an order, for an organization that exists or one that is founded by ordering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.accounts.models import User
from plancia.billing import parties
from plancia.billing.parties import Party
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.organizations import founding, vat_numbers
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Role
from plancia.organizations.states import Kind
from plancia.payments.methods import Method
from plancia.promotions.codes import Buyer
from plancia.promotions.models import Grant
from plancia.shop import applying, ordering, paying, pricing
from plancia.shop.applying import Appraisal
from plancia.shop.models import Cart, CartLine


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganization:
    """An organization that its first order founds."""

    kind: Kind
    first_name: str = ""
    last_name: str = ""
    legal_name: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country: str
    vat_number: str = ""
    billing_email: str = ""

    @property
    def currency(self) -> str:
        """The currency of what it orders."""
        return founding.currency_of(self.country)

    def as_party(self) -> Party:
        """Return it as the buyer it will be, to quote for it. Raises: VatNumberRefused."""
        number = vat_numbers.check(self.country, self.vat_number)
        name = f"{self.first_name} {self.last_name}".strip() if self.kind is Kind.PERSON else self.legal_name
        return Party(
            name=name,
            recipient=name,
            street=self.street,
            house_number=self.house_number,
            postcode=self.postcode,
            city=self.city,
            country=self.country,
            vat_number=number,
            vat_number_state=vat_numbers.state_of(self.country, number),
            kind=self.kind,
            email=self.billing_email,
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """The order that came of a press of the button, by the public ids that its page needs."""

    organization: str
    order: str


@transaction.atomic
def check_out(
    *,
    cart_id: UUID,
    user: User,
    payer: Organization | NewOrganization,
    method: Method | None,
    idempotency_key: UUID,
    quoted_total: Money,
    language: str,
    actor: Actor,
    at: datetime,
    visitor_country: str = "",
) -> Placed:
    """
    Order what is in a cart and empty it; a prepaid account pays at once. The same key again gives the same order.

    Two presses of the button, in one window or in two, wait for each other at the cart: the second finds it empty, or
    finds its own key on it. A new organization is founded by the press that orders, and by no other.

    Raises: all that ordering.place and founding.found do; InsufficientFunds. A refusal leaves all as it was.
    """
    cart = Cart.objects.locked().get(pk=cart_id)
    if cart.last_key == idempotency_key:
        return Placed(cart.last_organization, cart.last_order)
    lines = applying.contents(cart)
    if not lines:
        raise ordering.NothingToOrder

    # Judged before it is founded: an organization that exists is no new customer by that alone.
    wishes = [one.wish for one in appraise(lines, payer, user, at=at)]
    organization = payer if isinstance(payer, Organization) else _found(payer, user, language, actor=actor, at=at)
    order = ordering.place(
        organization_id=organization.pk,
        lines=wishes,
        method=method,
        idempotency_key=idempotency_key,
        quoted_total=quoted_total,
        language=language,
        visitor_country=visitor_country,
        actor=actor,
        at=at,
    )
    cart.lines.all().delete()
    cart.payer = organization.public_id
    cart.last_key, cart.touched_at = idempotency_key, at
    cart.last_organization, cart.last_order = organization.public_id, order.public_id
    cart.save(update_fields=["payer", "last_key", "last_organization", "last_order", "touched_at"])
    if order.is_open and method is Method.PREPAID:
        paying.pay_with_prepaid(order_id=order.pk, actor=actor, at=at)
    return Placed(organization.public_id, order.public_id)


def appraise(
    lines: Sequence[CartLine],
    payer: Organization | NewOrganization,
    user: User,
    *,
    given: Sequence[Grant] | None = None,
    at: datetime,
) -> list[Appraisal]:
    """Return what promo codes and complimentary offers make of each line for that payer."""
    return applying.appraise(lines, buyer_for(payer, user), given=given, at=at)


def buyer_for(payer: Organization | NewOrganization, user: User) -> Buyer:
    """Return who would use promo codes."""
    if isinstance(payer, Organization):
        return Buyer(payer.pk, payer.currency)
    owns_another = Membership.objects.filter(user=user, role=Role.OWNER).exists()
    return Buyer(None, payer.currency, owns_another)


def quote(appraisals: Sequence[Appraisal], payer: Organization | NewOrganization, *, at: datetime) -> pricing.Quote:
    """Return what the lines cost that payer. Raises: NoLongerOffered, VatNumberRefused."""
    buyer = parties.buyer(payer) if isinstance(payer, Organization) else payer.as_party()
    return pricing.quote([one.wish for one in appraisals], buyer, currency=payer.currency, at=at)


def _found(new: NewOrganization, user: User, language: str, *, actor: Actor, at: datetime) -> Organization:
    return founding.found(
        user=user,
        kind=new.kind,
        first_name=new.first_name,
        last_name=new.last_name,
        legal_name=new.legal_name,
        street=new.street,
        house_number=new.house_number,
        postcode=new.postcode,
        city=new.city,
        country=new.country,
        billing_email=new.billing_email,
        vat_number=new.vat_number,
        language=language,
        actor=actor,
        at=at,
    )
