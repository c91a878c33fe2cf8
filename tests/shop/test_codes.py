"""Promo codes: which line they reduce, why they are refused, and that the database counts them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.utils import IntegrityError

from plancia.billing.models import Line
from plancia.catalog.models import Plan
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.payments.methods import Method
from plancia.promotions import campaigns, codes, spelling
from plancia.promotions.campaigns import Rules
from plancia.promotions.codes import Buyer
from plancia.promotions.models import Campaign, Code, CodeUse
from plancia.promotions.states import Kind
from plancia.shop import applying, cancellation, checkout, ordering
from plancia.shop import cart as carts
from plancia.shop.models import Cart, Order
from plancia.subscriptions.models import Discount, Subscription, Term
from tests import people, racing
from tests.shop import world
from tests.shop.world import ADA, NOON, transfer

CLARA = Actor(ActorKind.STAFF, "Clara Conti")


def campaign(code: str = "SPRING20", *, most: int | None = None, **rules: object) -> Campaign:
    """Start a campaign of 20 percent off the first term, as staff, unless the rules say otherwise."""
    known: dict[str, object] = {"kind": Kind.PERCENT, "percent": Decimal(20), "starts_at": NOON - timedelta(days=1)}
    with transaction.as_staff():
        return campaigns.start(
            name="Spring", rules=Rules(**{**known, **rules}), code=code, most=most, actor=CLARA, at=NOON
        )


def cart_of(*lines: tuple[Plan, int], currency: str = "CHF") -> Cart:
    cart = carts.open_cart(currency=currency, at=NOON)
    for number, (plan, months) in enumerate(lines):
        choices = {"domain": f"aurora-{number}.ch"} if plan.code == "domain-one" else {}
        carts.add(cart_id=cart.pk, plan_code=plan.code, months=months, quantity=1, choices=choices, at=NOON)
    return cart


def buyer(organization: Organization) -> Buyer:
    return Buyer(organization.pk, organization.currency)


def apply(cart: Cart, text: str, organization: Organization, *, at=NOON):
    with tenancy.within(organization.pk):
        return applying.apply_code(cart_id=cart.pk, text=text, buyer=buyer(organization), at=at)


def total(cart: Cart, organization: Organization, user, *, at=NOON) -> Money:
    with tenancy.within(organization.pk):
        return checkout.quote(
            checkout.appraise(applying.contents(cart), organization, user, at=at), organization, at=at
        ).total


def order(cart: Cart, organization: Organization, user, *, shown: Money | None = None, at=NOON) -> Order:
    """Press the button of checkout, at the total that the page shows."""
    with transaction.atomic():
        tenancy.enter(organization.pk)
        placed = checkout.check_out(
            cart_id=cart.pk,
            user=user,
            payer=organization,
            method=Method.TRANSFER,
            idempotency_key=ids.new(),
            quoted_total=shown or total(cart, organization, user, at=at),
            language="en",
            actor=ADA,
            at=at,
        )
        return Order.objects.by_public_id(placed.order).get()


def used(code: str) -> int:
    with transaction.as_staff():
        return Code.objects.get(key=spelling.key(code)).used


@pytest.mark.parametrize(
    "typed", ["SPRING20", " spring20 ", "Spring-2O", "SPRＩNG20", "ЅPRІNG20", "SP RI NG 20", "SPR1NG20"]
)
def test_a_code_is_found_however_it_is_typed(plans, typed):
    campaign()

    assert codes.find(typed).text == "SPRING20"


@pytest.mark.parametrize("typed", ["", "   ", "–", "SPRING21", "🎁", "x" * 5000, "' or 1=1 --"])
def test_what_is_no_code_is_unknown(plans, typed):
    campaign()

    with pytest.raises(codes.CodeUnknown):
        codes.find(typed)


def test_it_reduces_the_line_that_it_takes_most_off(borea, ada, plans):
    campaign()
    cart = cart_of((plans["domain"], 12), (plans["hosting"], 12))

    line = apply(cart, "spring20", borea)

    assert line.plan == plans["hosting"]
    assert total(cart, borea, ada) == Money(round((9900 * 80 // 100 + 1200) * 1.081), "CHF")


def test_two_codes_are_on_two_lines_and_the_third_finds_none(borea, ada, plans):
    campaign("SPRING20")
    campaign("DOMAINS", kind=Kind.AMOUNT, percent=None, amounts={"CHF": 500}, types=["domain"])
    campaign("THIRD")
    cart = cart_of((plans["domain"], 12), (plans["hosting"], 12))

    apply(cart, "SPRING20", borea)
    apply(cart, "DOMAINS", borea)
    with pytest.raises(codes.LineHasCode):
        apply(cart, "THIRD", borea)

    assert total(cart, borea, ada) == Money(7920 + 700, "CHF") + Money(698, "CHF")


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [
        ({"starts_at": NOON + timedelta(days=1)}, codes.CodeNotYet),
        ({"ends_at": NOON}, codes.CodeExpired),
        ({"types": ["server"]}, codes.CodeForOtherTypes),
        ({"plans": ["server-one"]}, codes.CodeForOtherPlans),
        ({"months": [1, 24]}, codes.CodeForOtherFrequencies),
        ({"minimums": {"CHF": 9901}}, codes.CodeBelowMinimum),
        ({"minimums": {"EUR": 1}}, codes.CodeForOtherCurrency),
        ({"kind": Kind.AMOUNT, "percent": None, "amounts": {"EUR": 500}}, codes.CodeForOtherCurrency),
    ],
)
def test_a_refused_code_says_exactly_why(borea, plans, rules, refusal):
    campaign(**rules)
    cart = cart_of((plans["hosting"], 12))

    with pytest.raises(refusal):
        apply(cart, "SPRING20", borea)


def test_of_two_lines_the_refusal_that_came_closer_is_told(borea, plans):
    campaign(types=["hosting"], months=[1])
    cart = cart_of((plans["domain"], 12), (plans["hosting"], 12))

    with pytest.raises(codes.CodeForOtherFrequencies) as refused:
        apply(cart, "SPRING20", borea)

    assert "1 months" in str(refused.value)


def test_a_code_for_new_customers_is_not_for_those_who_have_a_product(borea, ada, plans):
    world.place(borea, world.Wish(plans["mailbox"], 12), method=None)
    campaign(for_new_customers=True)
    cart = cart_of((plans["hosting"], 12))

    with pytest.raises(codes.CodeForNewCustomers):
        apply(cart, "SPRING20", borea)


def test_an_order_takes_the_code_and_the_organization_uses_it_once(borea, ada, plans):
    campaign()
    cart = cart_of((plans["hosting"], 12))
    apply(cart, "SPRING20", borea)

    placed = order(cart, borea, ada)

    assert (placed.net_minor, used("SPRING20")) == (7920, 1)
    again = cart_of((plans["hosting"], 12))
    with pytest.raises(codes.CodeUsedByYou):
        apply(again, "SPRING20", borea)


def test_an_order_that_ends_unpaid_gives_the_code_back(borea, ada, plans):
    campaign(most=1)
    cart = cart_of((plans["hosting"], 12))
    apply(cart, "SPRING20", borea)
    placed = order(cart, borea, ada)

    with transaction.as_staff():
        cancellation.expire_due(at=placed.expires_at)
        cancellation.expire_due(at=placed.expires_at)

    assert used("SPRING20") == 0
    assert books.differences() == []
    again = cart_of((plans["hosting"], 12))
    apply(again, "SPRING20", borea)
    assert order(again, borea, ada).net_minor == 7920


def test_what_the_order_promised_is_billed_and_kept_with_the_product(borea, ada, plans):
    campaign(terms=3)
    cart = cart_of((plans["hosting"], 1))
    apply(cart, "SPRING20", borea)
    placed = order(cart, borea, ada)

    transfer(placed)

    with transaction.as_staff():
        line, held, discount = Line.objects.get(), Subscription.objects.get(), Discount.objects.get()
        term = Term.objects.get()
    assert (line.description, line.discount_reason) == ("Web hosting Pro", "Promo code SPRING20: 20 % off")
    assert (line.unit_price_minor, line.net_minor) == (990, 792)
    assert (discount.subscription_id, discount.terms, discount.source[:4]) == (held.pk, 3, "cod_")
    assert (term.net_minor, term.discount_minor) == (792, 198)
    assert books.differences() == []


def test_a_code_that_pays_all_needs_no_payment(borea, ada, plans):
    campaign(kind=Kind.FREE, percent=None)
    cart = cart_of((plans["hosting"], 1))
    apply(cart, "SPRING20", borea)

    placed = order(cart, borea, ada)

    assert (placed.total_minor, placed.state, placed.method) == (0, "paid", "")
    with transaction.as_staff():
        assert Subscription.objects.get().discount.terms == 1
    assert books.differences() == []


def test_a_code_that_ended_between_page_and_button_is_told_with_the_new_total(borea, ada, plans):
    campaign(ends_at=NOON + timedelta(hours=1))
    cart = cart_of((plans["hosting"], 12))
    apply(cart, "SPRING20", borea)
    shown = total(cart, borea, ada)

    with pytest.raises(ordering.PriceChanged) as changed:
        order(cart, borea, ada, shown=shown, at=NOON + timedelta(hours=2))

    assert changed.value.quote.total == Money(10_702, "CHF")
    assert used("SPRING20") == 0


def test_codes_are_made_by_the_thousand_and_each_is_used_once(borea, ada, plans):
    made = campaign("")
    with transaction.as_staff():
        number = campaigns.generate(campaign_id=made.pk, number=10_000, prefix="GIFT", at=NOON)
        lines = list(campaigns.exported(made))

    assert (number, len({spelling.key(text) for text, _used, _most in lines})) == (10_000, 10_000)
    assert all(text.startswith("GIFT-") for text, _used, _most in lines)
    cart = cart_of((plans["hosting"], 12))
    apply(cart, lines[0][0].lower(), borea)
    order(cart, borea, ada)
    with pytest.raises(codes.CodeUsedUp):
        apply(cart_of((plans["hosting"], 12)), lines[0][0], people.aurora(ada))


def test_a_code_that_reads_like_another_is_not_made(plans):
    campaign("SOLE")

    with pytest.raises(campaigns.CodeTaken):
        campaign("S0-LE")
    with pytest.raises(campaigns.CodeUnreadable):
        campaign("é!")


def test_a_hundred_uses_are_never_a_hundred_and_one(ada, plans):
    """Two hundred organizations order at once with a code for a hundred."""
    campaign(most=100)
    organizations = [people.company(ada, f"Company {number}", country="CH") for number in range(200)]
    carts_ = []
    for organization in organizations:
        cart = cart_of((plans["hosting"], 12))
        apply(cart, "SPRING20", organization)
        carts_.append((cart, organization))
    shown = total(*carts_[0], ada)

    def press(number: int) -> object:
        outcomes = []
        for cart, organization in carts_[number * 10 : number * 10 + 10]:
            try:
                order(cart, organization, ada, shown=shown)
                outcomes.append("ordered")
            except (ordering.PriceChanged, codes.CodeUsedUp):
                outcomes.append("used up")
        return " ".join(outcomes)

    outcomes = " ".join(racing.at_once(20, press)).split(" ")

    assert outcomes.count("ordered") == 100
    with transaction.as_staff():
        assert CodeUse.objects.filter(returned_at=None).count() == used("SPRING20") == 100
        assert Order.objects.count() == 100
    assert books.differences() == []


def test_one_organization_that_orders_at_once_uses_it_once(borea, ada, plans):
    campaign()
    carts_ = [cart_of((plans["hosting"], 12)) for _ in range(8)]
    for cart in carts_:
        apply(cart, "SPRING20", borea)
    shown = total(carts_[0], borea, ada)

    def press(number: int) -> object:
        try:
            order(carts_[number], borea, ada, shown=shown)
        except ordering.PriceChanged:
            return "refused"
        return None

    assert racing.at_once(8, press).count("done") == 1
    assert used("SPRING20") == 1


def test_the_database_counts_and_nobody_else(borea, ada, plans):
    campaign(most=3)
    code = codes.find("SPRING20")

    with pytest.raises(IntegrityError, match="counted by the database"), transaction.as_staff():
        Code.objects.filter(pk=code.pk).update(used=0 + 1)
    with pytest.raises(Exception, match="row-level security"), transaction.atomic():
        Campaign.objects.create(name="Mine", kind="free", starts_at=NOON, created_by="Eve", created_at=NOON)
