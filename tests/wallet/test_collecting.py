from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import asking, profiles, transfers
from plancia.payments.charging import AlreadyCharged
from plancia.payments.models import Payment
from plancia.payments.profiles import NoSuchProfile
from plancia.wallet import collecting, prepaid
from tests.payments import saved
from tests.people import borea, person
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PRICE = Money(4990, "EUR")


def give(organization: Organization, amount: Money, reference: str = "bank-1") -> None:
    with transaction.as_staff():
        transfers.record(
            organization_id=organization.pk,
            purpose=prepaid.top_up_purpose(organization.pk),
            amount=amount,
            bank_reference=reference,
            actor=SYSTEM,
            at=AT,
        )
    delivery.tell_untold(at=AT)


def collect(organization: Organization, purpose: str = "inv_1", **more: object) -> Payment:
    with tenancy.within(organization.pk):
        return collecting.collect(
            organization_id=organization.pk, purpose=purpose, amount=PRICE, actor=SYSTEM, at=AT, **more
        )


def balance(organization: Organization) -> Money:
    with transaction.as_staff():
        return prepaid.balance(organization)


def test_without_another_choice_the_prepaid_account_pays_at_once(organization):
    give(organization, Money(10_000, "EUR"))

    payment = collect(organization)

    assert (payment.state, payment.method) == ("succeeded", "prepaid")
    assert balance(organization) == Money(5010, "EUR")
    with pytest.raises(AlreadyCharged):
        collect(organization)


def test_an_account_that_does_not_have_it_pays_nothing(organization):
    give(organization, Money(4989, "EUR"))

    with pytest.raises(InsufficientFunds):
        collect(organization)
    assert balance(organization) == Money(4989, "EUR")


def test_a_default_card_is_charged_instead(organization):
    card = saved.card(organization, at=AT, is_default=True)

    payment = collect(organization)

    assert (payment.state, payment.profile_id, payment.ask_at) == ("pending", card.pk, AT)


def test_one_chosen_for_the_purpose_goes_before_the_default(organization):
    give(organization, Money(10_000, "EUR"))
    saved.card(organization, at=AT, is_default=True)
    with tenancy.within(organization.pk):
        wanted = profiles.open_prepaid(organization_id=organization.pk, at=AT)

    assert collect(organization, profile_id=wanted.pk).method == "prepaid"


def test_a_profile_of_another_organization_is_none(organization):
    theirs = saved.card(borea(person("ben@borea.example")), at=AT)

    with transaction.as_staff(), pytest.raises(NoSuchProfile):
        collecting.collect(
            organization_id=organization.pk, purpose="inv_1", amount=PRICE, actor=SYSTEM, at=AT, profile_id=theirs.pk
        )
    assert not Payment.objects.exists()


def test_eight_who_collect_at_once_from_card_and_prepaid_take_it_once(organization):
    give(organization, Money(100_000, "EUR"))
    card = saved.card(organization, at=AT)

    outcomes = at_once(
        8, lambda place: collect(organization, profile_id=card.pk if place % 2 else None) and "collected"
    )

    assert outcomes == ["already_charged"] * 7 + ["collected"]
    assert books.differences() == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["prepaid", "save", "save-declining"]),
            st.sampled_from("abc"),
            st.integers(1, 30_000),
        ),
        max_size=8,
    )
)
def test_whatever_is_collected_comes_once_for_each_purpose_and_nothing_is_lost(organization, wishes):
    run = str(ids.new())
    give(organization, Money(40_000, "EUR"), reference=run)
    before, spent = balance(organization), 0
    with saved.gateway(), transaction.as_staff():
        known = {"prepaid": profiles.open_prepaid(organization_id=organization.pk, at=AT)}
        known |= {kind: saved.card(organization, at=AT, behaviour=kind) for kind in ("save", "save-declining")}
        for kind, name, minor in wishes:
            try:
                payment = collecting.collect(
                    organization_id=organization.pk,
                    purpose=f"{run}:{name}",
                    amount=Money(minor, "EUR"),
                    actor=SYSTEM,
                    at=AT,
                    profile_id=known[kind].pk,
                )
            except (AlreadyCharged, InsufficientFunds):
                continue
            spent += payment.amount_minor if kind == "prepaid" else 0
            asking.ask_due(at=AT)

        succeeded = Payment.objects.filter(purpose__startswith=run, state="succeeded")
        purposes = [payment.purpose for payment in succeeded]
        assert len(purposes) == len(set(purposes))
        assert before - prepaid.balance(organization) == Money(spent, "EUR")
        assert books.differences() == []
