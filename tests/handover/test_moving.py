from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.accounts.models import User
from plancia.handover import moving, offering
from plancia.handover.models import Handover
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.ledger import books
from plancia.ledger.models import Transaction
from plancia.organizations import granting, queries
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Organization, ProductRight
from plancia.organizations.roles import Right, Role
from plancia.outbox import delivery
from plancia.provisioning.models import Resource
from plancia.subscriptions import cancellation, renewal
from plancia.subscriptions.cancellation import When
from plancia.subscriptions.models import Subscription, Term
from tests import people, racing
from tests.shop import world
from tests.shop.world import NOON


@pytest.fixture
def giver(db) -> Organization:
    return people.borea(people.person("ben@borea.example", "Ben"))


@pytest.fixture
def chiara(db) -> User:
    return people.person("chiara@studio.example", "Chiara")


@pytest.fixture
def receiver(chiara) -> Organization:
    return people.company(chiara, "Studio Chiara", country="CH")


@pytest.fixture
def product(giver) -> Subscription:
    """A product that Borea ordered and paid for a year."""
    plans = world.catalogue()
    order = world.place(giver, world.Wish(plans["hosting"], 12, 1, {}))
    world.transfer(order)
    with transaction.as_staff():
        product = Subscription.objects.get()
        product.activate(at=NOON)
        product.save()
        return product


LATER = NOON + timedelta(days=100)


def offer(giver: Organization, *products: Subscription, at=LATER) -> Handover:
    with transaction.as_staff():
        return offering.offer(
            organization_id=giver.pk,
            subscription_ids=[one.pk for one in products],
            email="",
            language="en",
            actor=Actor(ActorKind.USER, "Ben"),
            at=at,
        )


def accept(handover: Handover, user: User, receiver: Organization, *, at=LATER) -> Handover:
    """Take the products as the web does."""
    with transaction.atomic():
        tenancy.enter_user(user.pk)
        access = queries.access(user.pk, receiver.public_id, at=at)
        assert access
        return offering.accept(
            token=offering.token(handover),
            receiver=access,
            user=user,
            actor=Actor(ActorKind.USER, user.name, user_id=user.pk),
            at=at,
        )


def refused(code: str, act) -> None:
    with pytest.raises(Exception) as told:
        act()
    assert getattr(told.value, "code", told.value) == code


def test_the_product_moves_with_its_time_and_the_books_stay(giver, receiver, chiara, product):
    luca = people.member(giver, people.person("luca@x.example"), Role.COLLABORATOR)
    with transaction.as_staff():
        granting.settle(holder=luca, wanted={Subject(product_id=product.pk): Grant(Right.VIEW)}, actor=SYSTEM, at=NOON)
        postings = Transaction.objects.count()

    accept(offer(giver, product), chiara, receiver)
    delivery.tell_untold(at=LATER)

    with transaction.as_staff():
        moved = Subscription.objects.get()
        terms = list(Term.objects.order_by("starts_at"))
        assert (moved.organization_id, moved.paid_until) == (receiver.pk, product.paid_until)
        assert [(one.organization_id, one.net_minor > 0) for one in terms] == [(giver.pk, True), (receiver.pk, False)]
        assert (terms[0].ends_at, terms[1].starts_at, terms[1].ends_at) == (LATER, LATER, product.paid_until)
        assert Resource.objects.get().organization_id == receiver.pk
        assert not ProductRight.objects.exists()
        assert Transaction.objects.count() == postings
        assert list(books.differences()) == []
        assert Handover.objects.get().done_at == LATER


def test_the_receiver_pays_the_next_term(giver, receiver, chiara, product):
    accept(offer(giver, product), chiara, receiver)
    delivery.tell_untold(at=LATER)

    with transaction.as_staff():
        (term,) = renewal.offer(subscription_ids=[product.pk], at=product.paid_until - timedelta(days=20))
        assert term.organization_id == receiver.pk
        assert term.starts_at == product.paid_until
        assert list(books.differences()) == []


def test_moving_twice_moves_once(giver, receiver, chiara, product):
    handover = accept(offer(giver, product), chiara, receiver)
    with transaction.as_staff():
        first = moving.carry_out(handover_id=handover.pk, at=LATER)
        again = moving.carry_out(handover_id=handover.pk, at=LATER + timedelta(days=1))

        assert (first, again) == (True, True)
        assert Term.objects.count() == 2


def test_of_many_who_take_the_products_one_gets_them(giver, receiver, chiara, product):
    handover = offer(giver, product)
    others = [people.person(f"p{number}@x.example") for number in range(3)]
    takers = [(chiara, receiver)] + [(one, people.company(one, f"Taker {one.email}", country="CH")) for one in others]

    outcomes = racing.at_once(4, lambda place: accept(handover, *takers[place]) and "taken")
    delivery.tell_untold(at=LATER)

    assert outcomes == ["handover_used", "handover_used", "handover_used", "taken"]
    with transaction.as_staff():
        assert Subscription.objects.get().organization_id == Handover.objects.get().receiver_id
        assert Term.objects.count() == 2


def test_a_transfer_and_a_cancellation_at_once_are_one_after_the_other(giver, receiver, chiara, product):
    handover = accept(offer(giver, product), chiara, receiver)

    def act(place: int) -> str:
        with transaction.as_staff():
            if place:
                return str(moving.carry_out(handover_id=handover.pk, at=LATER))
            cancellation.cancel(subscription_id=product.pk, when=When.END_OF_TERM, reason="", actor=SYSTEM, at=LATER)
            return "cancelled"

    outcomes = racing.at_once(2, act)

    with transaction.as_staff():
        fresh, owner = Handover.objects.get(), Subscription.objects.get().organization_id
        assert "cancelled" in outcomes
        assert (fresh.done_at is not None, owner) in [(True, receiver.pk), (False, giver.pk)]
        assert bool(fresh.failure) == (fresh.done_at is None)
        assert list(books.differences()) == []


def test_what_came_in_between_keeps_everything_where_it_is_and_is_told(giver, receiver, chiara, product):
    handover = accept(offer(giver, product), chiara, receiver)
    with transaction.as_staff():
        cancellation.cancel(subscription_id=product.pk, when=When.END_OF_TERM, reason="", actor=SYSTEM, at=LATER)
    delivery.tell_untold(at=LATER)

    with transaction.as_staff():
        assert Subscription.objects.get().organization_id == giver.pk
        assert "cancelled" in Handover.objects.get(pk=handover.pk).failure


def test_open_renewals_and_foreign_products_stand_in_the_way(giver, receiver, product):
    with transaction.as_staff():
        renewal.offer(subscription_ids=[product.pk], at=product.paid_until - timedelta(days=20))

    refused("not_transferable", lambda: offer(giver, product))
    refused("nothing_to_hand_over", lambda: offer(receiver, product))
    refused("nothing_to_hand_over", lambda: offer(giver))


def test_a_link_ends_with_time_by_cancelling_and_for_the_wrong_receiver(giver, receiver, chiara, product):
    handover = offer(giver, product)
    euro = people.company(chiara, "Euro Srl", country="IT")
    eve = people.person("eve@x.example")
    people.member(receiver, eve, Role.COLLABORATOR, has_billing=True)
    people.member(giver, chiara, Role.OWNER)

    refused("handover_expired", lambda: accept(handover, chiara, receiver, at=LATER + timedelta(days=14)))
    refused("other_currency", lambda: accept(handover, chiara, euro))
    refused("may_not_receive", lambda: accept(handover, eve, receiver))
    refused("same_organization", lambda: accept(handover, chiara, giver))
    with transaction.as_staff():
        offering.cancel(handover_id=handover.pk, actor=SYSTEM, at=LATER)
    refused("handover_cancelled", lambda: accept(handover, chiara, receiver))
    refused("handover_unknown", lambda: offering.look(token="hov_x.y", at=LATER))


def test_every_row_that_hangs_on_a_product_moves_or_stays_for_a_reason():
    """A table that is added tomorrow has to say which."""
    stays = {
        "subscriptions_term": "what was billed stays with who paid; the rest of the time is given anew",
        "leaving_cancellation_request_item": "what the giver asked for",
    }
    hanging = {
        relation.related_model._meta.db_table
        for relation in Subscription._meta.related_objects
        if any(column.attname == "organization_id" for column in relation.related_model._meta.concrete_fields)
    }

    assert hanging == {model._meta.db_table for model in moving.MOVED} | set(stays)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=st.integers(min_value=0, max_value=365), terms_ahead=st.integers(min_value=0, max_value=2))
def test_no_day_that_is_paid_is_lost_or_made(giver, receiver, chiara, product, day: int, terms_ahead: int):
    with transaction.as_staff():
        _reset(product, giver, terms_ahead)
        paid_until = product.paid_until
        at = NOON + timedelta(days=day)
        row = Handover.objects.create(
            organization=giver,
            subscriptions=[str(product.pk)],
            language="en",
            offered_by="Ben",
            offered_at=at,
            expires_at=at,
            accepted_at=at,
            accepted_by=chiara,
            receiver_id=receiver.pk,
        )

        assert moving.carry_out(handover_id=row.pk, at=at)

        theirs = list(Term.objects.filter(organization=receiver, withdrawn_at=None).order_by("starts_at"))
        assert Subscription.objects.get().paid_until == paid_until
        assert theirs[0].starts_at == at
        assert theirs[-1].ends_at == paid_until
        assert all(one.ends_at == two.starts_at for one, two in itertools.pairwise(theirs))
        assert sum(one.net_minor for one in theirs) == 0
        _reset(product, giver, 0)


def _reset(product: Subscription, giver: Organization, terms_ahead: int) -> None:
    """Let the product be as it was bought, with some further years paid ahead."""
    first: UUID = Term.objects.filter(organization=giver).order_by("starts_at").values_list("pk", flat=True)[0]
    Term.objects.exclude(pk=first).delete()
    end = product.anchor_at.replace(year=product.anchor_at.year + 1)
    Term.objects.filter(pk=first).update(ends_at=end, cut_at=None, withdrawn_at=None)
    term = Term.objects.get(pk=first)
    for _ahead in range(terms_ahead):
        term.pk = term.id = ids.new()
        term.starts_at, term.ends_at = end, end.replace(year=end.year + 1)
        term._state.adding = True
        term.save(force_insert=True)
        end = term.ends_at
    Subscription.objects.filter(pk=product.pk).update(organization=giver, paid_until=end)
    product.refresh_from_db()
