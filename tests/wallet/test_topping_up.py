from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.outbox.models import Fact
from plancia.payments import asking, charging, profiles
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.profiles import NoSuchProfile
from plancia.wallet import automatic, prepaid, topping_up
from plancia.wallet.automatic import CapTooSmall, ThresholdTooSmall
from plancia.wallet.models import AutomaticTopUp, TopUp
from plancia.wallet.topping_up import BalanceTooLarge, TopUpTooLarge, TopUpTooSmall
from tests.payments import saved
from tests.people import borea, person
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def start(organization: Organization, minor: int = 5000, **more: object) -> TopUp:
    with tenancy.within(organization.pk):
        return topping_up.start(
            organization_id=organization.pk, amount=eur(minor), actor=SYSTEM, **{"key": ids.new(), "at": AT} | more
        )


def pay(top_up: TopUp) -> None:
    with transaction.as_staff():
        charging.succeed(payment_id=top_up.payment_id, gateway_reference=str(ids.new()), at=AT)
    delivery.tell_untold(at=AT)


def balance(organization: Organization) -> Money:
    with transaction.as_staff():
        return prepaid.balance(organization)


def test_money_by_card_is_on_the_account_when_it_has_come(organization):
    top_up = start(organization)
    assert balance(organization) == eur(0)

    pay(top_up)

    assert balance(organization) == eur(5000)
    assert books.differences() == []


@pytest.mark.parametrize(
    ("minor", "refusal"),
    [(499, TopUpTooSmall), (500_001, TopUpTooLarge)],
)
def test_the_limits_of_one_top_up(organization, minor, refusal):
    with pytest.raises(refusal):
        start(organization, minor)
    assert not Payment.objects.exists()


def test_paypal_has_a_limit_of_its_own(organization):
    with pytest.raises(TopUpTooLarge):
        start(organization, 200_001, method=Method.PAYPAL)


def test_what_is_under_way_counts_for_an_hour(organization):
    for _ in range(4):
        start(organization, 500_000)

    with pytest.raises(BalanceTooLarge):
        start(organization, 500)
    start(organization, 500, at=AT + topping_up.UNDER_WAY + timedelta(seconds=1))


def test_what_has_come_and_is_not_told_yet_counts(organization):
    for _ in range(4):
        with transaction.as_staff():
            top_up = start(organization, 500_000)
            charging.succeed(payment_id=top_up.payment_id, gateway_reference=str(ids.new()), at=AT)

    with pytest.raises(BalanceTooLarge):
        start(organization, 500)
    delivery.tell_untold(at=AT)
    with pytest.raises(BalanceTooLarge):
        start(organization, 500)


def test_the_same_key_is_the_same_top_up(organization):
    key = ids.new()

    assert start(organization, key=key) == start(organization, 9000, key=key)
    with transaction.as_staff():
        assert Payment.objects.count() == 1


def test_eight_at_once_stay_within_the_limit(organization):
    assert at_once(8, lambda _: start(organization, 500_000) and "begun") == ["balance_too_large"] * 4 + ["begun"] * 4


def test_eight_presses_of_one_button_at_once_are_one_top_up(organization):
    key = ids.new()

    assert len(set(at_once(8, lambda _: start(organization, key=key).public_id))) == 1


def test_a_saved_card_tops_up_without_a_page(organization):
    card = saved.card(organization, at=AT)
    with saved.gateway():
        top_up = start(organization, profile_id=card.pk)
        asking.ask_due(at=AT)
    delivery.tell_untold(at=AT)

    assert top_up.payment.profile_id == card.pk
    assert balance(organization) == eur(5000)


def test_neither_another_organizations_card_nor_the_prepaid_account_tops_up(organization):
    theirs = saved.card(borea(person("ben@borea.example")), at=AT)
    with tenancy.within(organization.pk):
        own = profiles.open_prepaid(organization_id=organization.pk, at=AT)

    for profile in (theirs, own):
        with pytest.raises(NoSuchProfile):
            start(organization, profile_id=profile.pk)


# by itself ------------------------------------------------------------------------------------------------------------


def switch_on(
    organization: Organization, behaviour: str = "save", *, threshold: int = 2000, amount: int = 5000, cap: int = 10_000
) -> AutomaticTopUp:
    card = saved.card(organization, at=AT, behaviour=behaviour)
    with tenancy.within(organization.pk):
        return automatic.switch_on(
            organization_id=organization.pk,
            profile_id=card.pk,
            threshold=eur(threshold),
            amount=eur(amount),
            monthly_cap=eur(cap),
            actor=SYSTEM,
            at=AT,
        )


def run(at: datetime = AT) -> int:
    """Let the job run, the gateway answer and the facts be told."""
    with transaction.as_staff():
        begun = automatic.run_due(at=at)
    with saved.gateway():
        asking.ask_due(at=at)
    delivery.tell_untold(at=at)
    return begun


def spend(organization: Organization, minor: int) -> None:
    with tenancy.within(organization.pk):
        prepaid.spend(organization_id=organization.pk, purpose=f"x{ids.new()}", amount=eur(minor), actor=SYSTEM, at=AT)


def test_a_low_balance_is_topped_up_until_the_cap_of_the_month(organization):
    switch_on(organization)

    assert [run(), run()] == [1, 0]
    assert balance(organization) == eur(5000)
    spend(organization, 4000)
    assert [run(), run()] == [1, 0]
    spend(organization, 5000)
    assert run() == 0
    assert balance(organization) == eur(1000)
    assert run(AT + timedelta(days=31)) == 1


def test_never_two_at_once(organization):
    switch_on(organization, cap=100_000)

    def act(_place: int) -> str:
        with transaction.as_staff():
            return str(automatic.run_due(at=AT))

    assert at_once(8, act) == ["0"] * 7 + ["1"]


def test_it_stops_after_a_decline_until_it_is_switched_on_again(organization):
    switch_on(organization, "save-declining")

    assert [run(), run(), run(AT + timedelta(days=40))] == [1, 0, 0]
    with transaction.as_staff():
        wish = AutomaticTopUp.objects.get()
        assert (wish.is_on, wish.stopped_code) == (False, "insufficient_funds")
        assert Fact.objects.filter(name="prepaid.automatic_stopped").count() == 1
    switch_on(organization)
    assert run() == 1


def test_a_card_that_was_removed_stops_it(organization):
    wish = switch_on(organization)
    with transaction.as_staff():
        profiles.remove(profile_id=wish.profile_id, actor=SYSTEM, at=AT)

    assert run() == 0
    with transaction.as_staff():
        assert AutomaticTopUp.objects.get().stopped_code == "no_such_profile"


def test_switched_off_it_does_nothing(organization):
    switch_on(organization)
    with tenancy.within(organization.pk):
        automatic.switch_off(organization_id=organization.pk, actor=SYSTEM, at=AT)

    assert run() == 0


def test_amounts_that_make_no_sense_are_refused(organization):
    with pytest.raises(CapTooSmall):
        switch_on(organization, cap=4999)
    with pytest.raises(ThresholdTooSmall):
        switch_on(organization, threshold=0)
    with pytest.raises(TopUpTooSmall):
        switch_on(organization, amount=400)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["start", "pay", "fail", "spend"]), st.integers(0, 3), st.integers(1, 600_000)),
        max_size=12,
    )
)
def test_whatever_is_done_the_balance_is_what_came_less_what_went(organization, deeds):
    begun: list[TopUp] = []
    came = balance(organization).minor
    paid: set[int] = set()
    for deed, place, minor in deeds:
        try:
            if deed == "start":
                begun.append(start(organization, minor))
            elif deed == "spend":
                spend(organization, minor)
                came -= minor
            elif place < len(begun) and deed == "pay":
                pay(begun[place])
                came += 0 if place in paid else begun[place].amount_minor
                paid.add(place)
            elif place < len(begun):
                with transaction.as_staff():
                    charging.fail(payment_id=begun[place].payment_id, code="declined", at=AT)
        except Refusal:
            if deed == "pay":
                assert place in paid
            continue

    assert balance(organization).minor == came
    assert books.differences() == []
