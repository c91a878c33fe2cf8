"""Complimentary offers: given by staff, used once, and explained where they do not fit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plancia.audit.models import Entry
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.promotions import grants
from plancia.promotions.models import Grant
from plancia.promotions.states import Standing
from plancia.shop import applying, cancellation, offers
from plancia.subscriptions.models import Discount, Term
from tests import people, racing
from tests.shop.test_codes import apply, campaign, cart_of, order, total
from tests.shop.world import NOON

CLARA = Actor(ActorKind.STAFF, "Clara Conti", user_id=ids.new())
MONTH = timedelta(days=30)


def give(
    organization, plan, *, is_for_plan: bool = False, budget: int = 20_000, actor: Actor = CLARA, **fields
) -> Grant:
    """Give an organization a free product of a plan's type, as staff."""
    known = {"reason": "moves from a provider that closes", "expires_at": NOON + MONTH, **fields}
    with transaction.as_staff():
        return grants.give(
            organization_id=organization.pk,
            product_type=plan.product_type,
            plan=plan if is_for_plan else None,
            budget=Money(budget, organization.currency),
            actor=actor,
            at=NOON,
            **known,
        )


def choose(cart, line, grant, organization):
    with tenancy.within(organization.pk):
        return applying.choose_offer(
            cart_id=cart.pk,
            line=line.public_id,
            grant=grant.public_id if grant else "",
            organization_id=organization.pk,
            at=NOON,
        )


def standing(grant: Grant, *, at=NOON) -> Standing:
    with transaction.as_staff():
        return Grant.objects.get(pk=grant.pk).standing(at=at)


def hints(cart, user, payer):
    from plancia.shop import queries

    with transaction.atomic():
        tenancy.enter_user(user.pk)
        payers = queries.payers(user.pk)
        return offers.hints(applying.contents(cart), payers, payer, offers.given_to(payers, at=NOON))


def test_an_offer_makes_a_line_free_once(borea, ada, plans):
    grant = give(borea, plans["hosting"])
    cart = cart_of((plans["hosting"], 12), (plans["domain"], 12))
    choose(cart, applying.contents(cart)[0], grant, borea)

    placed = order(cart, borea, ada)

    assert (placed.net_minor, standing(grant)) == (1200, Standing.USED)
    again = cart_of((plans["hosting"], 12))
    with pytest.raises(grants.GrantNotThere):
        choose(again, applying.contents(again)[0], grant, borea)


def test_it_is_free_for_its_terms_and_within_its_budget(borea, ada, plans):
    grant = give(borea, plans["hosting"], budget=1_500, terms=6)
    cart = cart_of((plans["hosting"], 1))
    choose(cart, applying.contents(cart)[0], grant, borea)

    placed = order(cart, borea, ada)

    assert placed.state == "paid"
    with transaction.as_staff():
        discount = Discount.objects.get()
        term = Term.objects.get()
    assert (discount.terms, discount.most_minor, discount.source) == (6, 1_500, grant.public_id)
    assert (term.net_minor, term.discount_minor) == (0, 990)
    assert books.differences() == []


def test_what_follows_the_free_terms_is_told_beforehand(borea, plans):
    grant = give(borea, plans["hosting"], terms=2)

    ending = offers.ending(grant, Money(9900, "CHF"), 12, at=NOON)

    assert ending is not None
    assert (ending.free_until.year, ending.then, ending.months) == (2028, Money(9900, "CHF"), 12)
    assert offers.ending(grant, Money(20_001, "CHF"), 12, at=NOON) is None


def test_an_order_that_expires_gives_the_offer_back(borea, ada, plans):
    grant = give(borea, plans["hosting"], budget=5_000)
    cart = cart_of((plans["hosting"], 12))
    choose(cart, applying.contents(cart)[0], grant, borea)
    placed = order(cart, borea, ada)
    assert (placed.net_minor, standing(grant)) == (4_900, Standing.USED)

    with transaction.as_staff():
        cancellation.expire_due(at=placed.expires_at)

    assert standing(grant) is Standing.OPEN


def test_it_takes_the_place_of_a_code_and_of_its_line_before(borea, ada, plans):
    grant = give(borea, plans["hosting"])
    campaign()
    cart = cart_of((plans["hosting"], 12), (plans["hosting"], 1))
    first, second = applying.contents(cart)
    apply(cart, "SPRING20", borea)

    choose(cart, first, grant, borea)
    choose(cart, second, grant, borea)

    first, second = applying.contents(cart)
    assert (first.code, first.grant_id, second.grant_id) == (None, None, grant.pk)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda grant: grants.withdraw(grant_id=grant.pk, actor=CLARA, at=NOON),
        lambda grant: Grant.objects.filter(pk=grant.pk).update(granted_at=NOON - MONTH, expires_at=NOON),
    ],
)
def test_taken_back_or_expired_it_is_not_used(borea, ada, plans, spoil):
    grant = give(borea, plans["hosting"])
    cart = cart_of((plans["hosting"], 12))
    choose(cart, applying.contents(cart)[0], grant, borea)

    with transaction.as_staff():
        spoil(grant)

    assert total(cart, borea, ada) == Money(10_702, "CHF")
    with tenancy.within(borea.pk):
        (one,) = applying.appraise(applying.contents(cart), applying.Buyer(borea.pk, "CHF"), at=NOON)
    assert isinstance(one.refusal, grants.GrantNotThere)


def test_what_was_used_is_not_taken_back(borea, ada, plans):
    grant = give(borea, plans["hosting"])
    cart = cart_of((plans["hosting"], 12))
    choose(cart, applying.contents(cart)[0], grant, borea)
    order(cart, borea, ada)

    with pytest.raises(grants.GrantUsed), transaction.as_staff():
        grants.withdraw(grant_id=grant.pk, actor=CLARA, at=NOON)


def test_an_offer_of_another_organization_is_told_and_not_used(borea, aurora, ada, plans):
    give(aurora, plans["hosting"])
    cart = cart_of((plans["hosting"], 12))

    (hint,) = hints(cart, ada, borea)

    assert (hint.organization, hint.is_elsewhere, hint.product) == (aurora, True, "Web hosting")
    assert hint.line == applying.contents(cart)[0].public_id


def test_offers_of_organizations_that_are_not_mine_are_told_to_nobody(borea, ada, plans):
    give(people.company(people.person("eve@other.example"), "Other AG", country="CH"), plans["hosting"])

    assert hints(cart_of((plans["hosting"], 12)), ada, borea) == []


def test_an_offer_for_another_plan_mends_the_line(borea, ada, plans):
    grant = give(borea, plans["hosting"], is_for_plan=True, months=12)
    cart = cart_of((plans["hosting"], 1))
    (hint,) = hints(cart, ada, borea)
    assert (hint.is_elsewhere, hint.product, hint.months) == (False, "Web hosting Pro", 12)

    with tenancy.within(borea.pk):
        offers.mend(cart_id=cart.pk, line=hint.line, grant=grant.public_id, organization_id=borea.pk, at=NOON)

    (line,) = applying.contents(cart)
    assert (line.months, line.grant_id) == (12, grant.pk)
    assert hints(cart, ada, borea) == []


def test_an_offer_for_what_is_not_in_the_cart_says_so(borea, ada, plans):
    give(borea, plans["server"])

    (hint,) = hints(cart_of((plans["hosting"], 12)), ada, borea)

    assert (hint.line, hint.type_code) == ("", "server")


def test_an_agent_gives_away_no_more_than_his_budget(borea, plans, settings):
    settings.COMPLIMENTARY_MOST, settings.COMPLIMENTARY_MONTHLY = 10_000, 15_000
    with pytest.raises(grants.GrantOverBudget):
        give(borea, plans["hosting"], budget=10_001)
    taken_back = give(borea, plans["hosting"], budget=10_000)
    with pytest.raises(grants.GrantOverBudget) as refused:
        give(borea, plans["hosting"], budget=6_000)
    assert "CHF 50.00" in str(refused.value)

    with transaction.as_staff():
        grants.withdraw(grant_id=taken_back.pk, actor=CLARA, at=NOON)

    give(borea, plans["hosting"], budget=10_000)


def test_nothing_is_given_without_a_reason_or_into_the_past(borea, plans):
    with pytest.raises(grants.GrantUnreasoned):
        give(borea, plans["hosting"], reason="  ")
    with pytest.raises(grants.GrantExpiresBefore):
        give(borea, plans["hosting"], expires_at=NOON)


def test_the_customer_reads_in_the_log_what_was_given(borea, plans):
    grant = give(borea, plans["hosting"])

    with transaction.as_staff():
        entry = Entry.objects.get(action="grant.given")
    assert (entry.subject, entry.actor_label) == (grant.public_id, "Clara Conti")


def test_eight_orders_at_once_use_an_offer_once(borea, ada, plans):
    grant = give(borea, plans["hosting"])
    carts = [cart_of((plans["hosting"], 12)) for _ in range(8)]
    for cart in carts:
        choose(cart, applying.contents(cart)[0], grant, borea)
    free = total(carts[0], borea, ada)

    def press(number: int) -> object:
        try:
            order(carts[number], borea, ada, shown=free)
        except (grants.GrantNotThere, applying.pricing.Refusal):
            return "refused"
        return None

    assert racing.at_once(8, press).count("done") == 1
    assert books.differences() == []
