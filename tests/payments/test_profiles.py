from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.states import MoveRefused
from plancia.outbox import delivery
from plancia.outbox.models import Fact
from plancia.payments import asking, profiles
from plancia.payments.gateways.protocol import Means
from plancia.payments.models import Profile
from plancia.payments.profiles import NoSuchProfile, PrepaidStays
from tests.payments import saved
from tests.people import borea, person
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def facts(name: str) -> int:
    return Fact.objects.filter(name=name).count()


def test_every_organization_finds_its_prepaid_account_among_its_profiles(organization):
    delivery.tell_untold(at=AT)

    with tenancy.within(organization.pk):
        (profile,) = profiles.ready(organization.pk)
        assert (profile.method, profile.name) == ("prepaid", "Prepaid account")
        assert profiles.defaults([organization.pk], at=AT)[organization.pk] == profile


def test_a_card_is_saved_when_its_gateway_says_so_and_once(organization):
    profile = saved.card(organization, at=AT)

    with transaction.as_staff():
        again = profiles.save(profile_id=profile.pk, means=Means(profile.means), at=AT)

        assert (again.pk, again.name, again.state) == (profile.pk, "Visa •••• 0001", "active")
        assert facts("profile.saved") == 1


def test_the_same_card_saved_again_stays_one_profile(organization):
    first = saved.card(organization, at=AT)
    with transaction.as_staff():
        second = profiles.start(organization_id=organization.pk, actor=SYSTEM, at=AT)

        assert profiles.save(profile_id=second.pk, means=Means(first.means), at=AT) == first
        assert [profile.pk for profile in profiles.ready(organization.pk)] == [first.pk]


def test_a_card_that_was_given_up_is_not_saved_afterwards(staff, organization):
    profile = profiles.start(organization_id=organization.pk, actor=SYSTEM, at=AT)
    profiles.remove(profile_id=profile.pk, actor=SYSTEM, at=AT)

    with pytest.raises(MoveRefused):
        profiles.save(profile_id=profile.pk, means=Means("card_save_1"), at=AT)


def test_one_profile_is_the_default(staff, organization):
    one = saved.card(organization, at=AT, is_default=True)
    other = saved.card(organization, at=AT, is_default=True)

    assert profiles.defaults([organization.pk], at=AT)[organization.pk] == other
    one.refresh_from_db()
    assert not one.is_default


def test_two_who_choose_a_default_at_once_leave_one(organization):
    cards = [saved.card(organization, at=AT) for _ in range(2)]

    def choose(place: int) -> None:
        with transaction.as_staff():
            profiles.make_default(profile_id=cards[place % 2].pk, actor=SYSTEM, at=AT)

    assert at_once(8, choose) == ["done"] * 8
    with transaction.as_staff():
        assert Profile.objects.filter(is_default=True).count() == 1


def test_a_removed_profile_is_no_default_and_is_forgotten_by_its_gateway(staff, organization):
    profile = saved.card(organization, at=AT, is_default=True)

    profiles.remove(profile_id=profile.pk, actor=SYSTEM, at=AT)

    assert profiles.defaults([organization.pk], at=AT)[organization.pk].method == "prepaid"
    assert facts("profile.removed") == 1
    assert (asking.forget_due(at=AT), asking.forget_due(at=AT)) == (1, 0)
    with pytest.raises(NoSuchProfile):
        profiles.remove(profile_id=profile.pk, actor=SYSTEM, at=AT)
    with pytest.raises(NoSuchProfile):
        profiles.make_default(profile_id=profile.pk, actor=SYSTEM, at=AT)


def test_the_prepaid_account_stays(staff, organization):
    prepaid = profiles.open_prepaid(organization_id=organization.pk, at=AT)

    with pytest.raises(PrepaidStays):
        profiles.remove(profile_id=prepaid.pk, actor=SYSTEM, at=AT)


def test_a_card_that_ends_soon_is_told_of_once(staff, organization):
    saved.card(organization, at=AT)  # until the end of 2031
    soon = datetime(2031, 12, 2, 9, 0, tzinfo=UTC)

    counts = [profiles.tell_expiring(at=at) for at in (AT, soon - timedelta(days=2), soon, soon + timedelta(days=1))]

    assert counts == [0, 0, 1, 0]
    told = Fact.objects.get(name="profile.expiring")
    assert told.payload["expires_on"] == date(2031, 12, 31).isoformat()


def test_profiles_of_another_organization_do_not_exist(organization):
    theirs = saved.card(borea(person("ben@borea.example")), at=AT)

    with tenancy.within(organization.pk):
        assert not Profile.objects.filter(pk=theirs.pk).exists()
        with pytest.raises(Profile.DoesNotExist):
            profiles.make_default(profile_id=theirs.pk, actor=SYSTEM, at=AT)
