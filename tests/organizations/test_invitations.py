from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plancia.accounts.models import User
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.organizations import invitations, membership, offers, queries, teams
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Invitation, Membership, Organization
from plancia.organizations.offers import Offer
from plancia.organizations.roles import Right, Role
from tests import racing
from tests.people import MORNING, aurora, borea, member, person

COLLABORATOR = Offer(Role.COLLABORATOR)


@pytest.fixture
def ada(db) -> User:
    return person("ada@aurora.example")


@pytest.fixture
def organization(ada) -> Organization:
    return aurora(ada)


def actor(user: User) -> Actor:
    return Actor(ActorKind.USER, user.name, user_id=user.pk)


def invite(organization, by, email="ben@example.com", offer=COLLABORATOR, *, may_grant_owner=True, at=MORNING):
    with transaction.as_staff():
        return invitations.invite(
            organization_id=organization.pk,
            email=email,
            language="it",
            offer=offer,
            may_grant_owner=may_grant_owner,
            actor=actor(by),
            at=at,
        )


def accept(token: str, user: User, *, seen: str | None = None, at=MORNING) -> Membership:
    """Accept as the web does: with the rights of the role *app*, and no organization entered."""
    with transaction.atomic():
        tenancy.enter_user(user.pk)
        if seen is None:
            seen = offers.fingerprint(invitations.look(token=token, at=at))
        return invitations.accept(token=token, user=user, seen=seen, actor=actor(user), at=at)


def refused(code: str, act) -> None:
    with pytest.raises(Exception) as told:
        act()
    assert getattr(told.value, "code", told.value) == code


def test_who_accepts_becomes_what_was_offered(organization, ada):
    product = ids.new()
    with transaction.as_staff():
        team = teams.form(organization_id=organization.pk, name="Web", actor=actor(ada), at=MORNING)
        gone = teams.form(organization_id=organization.pk, name="Gone", actor=actor(ada), at=MORNING)
    rights = ((Subject(product_id=product), Grant(Right.OPERATE)), (Subject(product_type="vps"), Grant(Right.VIEW)))
    offer = Offer(Role.COLLABORATOR, has_billing=True, rights=rights, teams=(team.pk, gone.pk))
    sent = invite(organization, ada, "Ben@Example.com", offer)
    with transaction.as_staff():
        teams.dissolve(team_id=gone.pk, actor=actor(ada), at=MORNING)
    ben = person("ben@example.com", "Ben")

    joined = accept(invitations.token(sent), ben)

    assert sent.email == "ben@example.com"
    with transaction.as_staff():
        access = queries.access(ben.pk, organization.public_id, at=MORNING)
        assert access and (access.role, access.has_billing) == (Role.COLLABORATOR, True)
        assert access.may_product(product, "nas", Right.OPERATE)
        assert [one.team.name for one in joined.teams.select_related("team")] == ["Web"]
        assert Invitation.objects.get().accepted_by == ben


def test_an_invitation_is_accepted_once_even_by_many_at_once(organization, ada):
    token = invitations.token(invite(organization, ada))
    ben = person("ben@example.com", "Ben")
    with transaction.atomic():
        seen = offers.fingerprint(invitations.look(token=token, at=MORNING))

    outcomes = racing.at_once(4, lambda _place: accept(token, ben, seen=seen).role)

    assert outcomes == ["collaborator", "invitation_used", "invitation_used", "invitation_used"]
    with transaction.as_staff():
        assert Membership.objects.filter(user=ben).count() == 1


def test_a_link_ends_by_time_by_cancelling_and_by_a_newer_one(organization, ada):
    ben = person("ben@example.com", "Ben")
    sent = invite(organization, ada)
    first = invitations.token(sent)
    later = MORNING + timedelta(days=14)

    refused("invitation_expired", lambda: accept(first, ben, at=later))
    with transaction.as_staff():
        again = invitations.resend(invitation_id=sent.pk, actor=actor(ada), at=later)
    refused("invitation_unknown", lambda: accept(first, ben, at=later))
    with transaction.as_staff():
        invitations.cancel(invitation_id=sent.pk, actor=actor(ada), at=later)
    refused("invitation_cancelled", lambda: accept(invitations.token(again), ben, at=later))
    with transaction.as_staff():
        refused("invitation_closed", lambda: invitations.resend(invitation_id=sent.pk, actor=actor(ada), at=later))


@pytest.mark.parametrize("token", ["", "ivt_x.1.y", "ivt_01k.1", "🙂", "a" * 3000])
def test_a_made_up_link_opens_nothing(db, token):
    refused("invitation_unknown", lambda: accept(token, person("ben@example.com"), seen=""))


def test_another_account_cannot_accept_unless_the_provider_lets_it(organization, ada, settings):
    token = invitations.token(invite(organization, ada))
    eve = person("eve@example.com", "Eve")

    refused("wrong_account", lambda: accept(token, eve))
    settings.INVITATION_ADDRESS_MATCHES = False
    joined = accept(token, eve)

    assert joined.user == eve


def test_a_second_address_that_was_proven_will_do(organization, ada):
    from allauth.account.models import EmailAddress

    token = invitations.token(invite(organization, ada))
    eve = person("eve@example.com", "Eve")
    EmailAddress.objects.create(user=eve, email="ben@example.com", verified=False)

    refused("wrong_account", lambda: accept(token, eve))
    EmailAddress.objects.filter(email="ben@example.com").update(verified=True)

    assert accept(token, eve).user == eve


def test_what_is_accepted_is_what_was_shown(organization, ada):
    sent = invite(organization, ada)
    ben = person("ben@example.com", "Ben")
    with transaction.atomic():
        seen = offers.fingerprint(invitations.look(token=invitations.token(sent), at=MORNING))
    with transaction.as_staff():
        invitations.change(
            invitation_id=sent.pk,
            language="it",
            offer=replace(COLLABORATOR, role=Role.EXTERNAL),
            may_grant_owner=False,
            actor=actor(ada),
            at=MORNING,
        )

    refused("invitation_changed", lambda: accept(invitations.token(sent), ben, seen=seen))
    assert accept(invitations.token(sent), ben).role == Role.EXTERNAL


def test_who_may_no_longer_invite_has_invited_in_vain(organization, ada):
    boss = member(organization, person("boss@aurora.example"), Role.OWNER)
    token = invitations.token(invite(organization, boss.user, offer=Offer(Role.OWNER)))
    plain = invitations.token(invite(organization, boss.user, "cy@example.com"))
    ben, cy = person("ben@example.com", "Ben"), person("cy@example.com", "Cy")
    with transaction.as_staff():
        membership.change(
            membership_id=boss.pk,
            role=Role.ADMINISTRATOR,
            has_billing=False,
            may_grant_owner=True,
            actor=actor(ada),
            at=MORNING,
        )

    refused("invitation_void", lambda: accept(token, ben, seen="x"))
    assert accept(plain, cy).role == Role.COLLABORATOR
    with transaction.as_staff():
        other = invitations.token(invite(organization, boss.user, "dan@example.com"))
        membership.remove(membership_id=boss.pk, may_grant_owner=True, actor=actor(ada), at=MORNING)
    refused("invitation_void", lambda: accept(other, person("dan@example.com"), seen="x"))


def test_an_address_is_invited_once_and_a_member_not_at_all(organization, ada, settings):
    invite(organization, ada)

    refused("already_invited", lambda: invite(organization, ada, "BEN@example.com"))
    refused("already_member", lambda: invite(organization, ada, "ada@aurora.example"))
    refused("address_undeliverable", lambda: invite(organization, ada, "no address"))
    invite(organization, ada, at=MORNING + timedelta(days=20))
    settings.INVITATIONS_A_DAY = 1
    refused("too_many_invitations", lambda: invite(organization, ada, "cy@x.example", at=MORNING + timedelta(days=20)))
    assert Invitation.objects.using("staff").waiting().count() == 1


def test_an_administrator_invites_no_owner_and_no_partner(organization, ada):
    for offer in (Offer(Role.OWNER), Offer(Role.ADMINISTRATOR, is_partner=True)):
        refused("owners_only", lambda offer=offer: invite(organization, ada, offer=offer, may_grant_owner=False))


def test_who_became_a_member_meanwhile_is_told_so(organization, ada):
    token = invitations.token(invite(organization, ada))
    ben = person("ben@example.com", "Ben")
    member(organization, ben, Role.EXTERNAL)

    refused("already_member", lambda: accept(token, ben))


def test_the_web_sees_no_invitation_without_its_link(organization, ada):
    sent = invite(organization, ada)
    borea(ben := person("ben@example.com"))

    with transaction.atomic():
        tenancy.enter_user(ben.pk)
        assert list(Invitation.objects.all()) == []
        tenancy.show(sent.pk)
        assert list(Invitation.objects.all()) == [sent]
        assert Invitation.objects.filter(pk=sent.pk).count() == 1
        assert not Organization.objects.filter(pk=organization.pk).exists()
