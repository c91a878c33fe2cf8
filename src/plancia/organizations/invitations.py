"""
Invitations: asking somebody by mail to become a member.

The link of the mail is signed, so that nothing in the database opens it; sending it again makes the earlier one void.
Whether an address has an account is known to nobody but who reads the mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses
from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import clock, ids, tenancy, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations import events, granting, membership, offers
from plancia.organizations.membership import OwnersOnly
from plancia.organizations.models import Invitation, Membership, Organization, Team, TeamMember
from plancia.organizations.offers import Offer
from plancia.organizations.roles import Permission, Role, granted
from plancia.outbox import facts


class AlreadyInvited(Refusal):
    """One address has one open invitation."""

    code = "already_invited"
    sentence = _("%(email)s is invited already. You can send the invitation again or cancel it.")
    field = "email"


class TooManyInvitations(Refusal):
    """Nobody's mail is flooded through us."""

    code = "too_many_invitations"
    sentence = _("At most %(most)d invitations can be sent in a day. Please go on tomorrow.")


class InvitationUnknown(Refusal):
    """A link that was cut, made up, or replaced by a newer one."""

    code = "invitation_unknown"
    sentence = _("This link is not valid. If you were invited more than once, the newest mail counts.")


class InvitationExpired(Refusal):
    """An invitation counts for some days only."""

    code = "invitation_expired"
    sentence = _("This invitation has expired. Ask who invited you to send it again.")


class InvitationCancelled(Refusal):
    """Who invited has thought better of it."""

    code = "invitation_cancelled"
    sentence = _("This invitation was cancelled.")


class InvitationUsed(Refusal):
    """An invitation is accepted once."""

    code = "invitation_used"
    sentence = _("This invitation has been used already.")


class InvitationVoid(Refusal):
    """Who invited may no longer give what was offered."""

    code = "invitation_void"
    sentence = _("Who invited you may no longer do so. Please ask somebody else of the organization.")


class InvitationChanged(Refusal):
    """What is accepted is what was shown."""

    code = "invitation_changed"
    sentence = _("The invitation was changed in the meantime. Please look at it again.")


class WrongAccount(Refusal):
    """An invitation is for the address that it was sent to."""

    code = "wrong_account"
    sentence = _("This invitation is for %(address)s. Sign in with the account that has this address.")


class InvitationClosed(Refusal):
    """What is accepted or cancelled is neither changed nor sent again."""

    code = "invitation_closed"
    sentence = _("This invitation is no longer open.")


@transaction.atomic
def invite(
    *,
    organization_id: UUID,
    email: str,
    first_name: str = "",
    last_name: str = "",
    language: str,
    offer: Offer,
    may_grant_owner: bool,
    actor: Actor,
    at: datetime,
) -> Invitation:
    """
    Invite an address. An earlier invitation of it that expired is cancelled by this one.

    Raises: AddressUndeliverable; AlreadyMember; AlreadyInvited; TooManyInvitations; OwnersOnly, unless
        `may_grant_owner`, where an owner or a partner is invited.
    Source: SPEC 2.5.
    """
    Organization.objects.locked().get(pk=organization_id)
    address = addresses.tidy(email)
    _require_owner_for(offer, may_grant_owner=may_grant_owner)
    if Membership.objects.filter(organization_id=organization_id, user__email__iexact=address).exists():
        raise membership.AlreadyMember(email=address)
    for earlier in Invitation.objects.waiting().filter(organization_id=organization_id, email=address):
        if earlier.expires_at > at:
            raise AlreadyInvited(email=address)
        earlier.mark_cancelled(at=at)
    _require_quota(organization_id, at=at)

    invitation: Invitation = Invitation.objects.create(
        organization_id=organization_id,
        email=address,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        language=language,
        invited_by_id=actor.user_id,
        invited_by_name=actor.label,
        sent_at=at,
        expires_at=_expiry(at),
        **offers.columns(offer),
    )
    _record(actor, "invitation.sent", invitation, at=at, role=offer.role, is_partner=offer.is_partner)
    _publish(invitation, at=at)
    return invitation


@transaction.atomic
def change(
    *, invitation_id: UUID, language: str, offer: Offer, may_grant_owner: bool, actor: Actor, at: datetime
) -> Invitation:
    """
    Change what an open invitation gives; its link stays valid, and shows the new offer.

    Raises: InvitationClosed; OwnersOnly.
    """
    invitation = _open(invitation_id)
    _require_owner_for(offer, may_grant_owner=may_grant_owner)
    _require_owner_for(offers.offer_of(invitation), may_grant_owner=may_grant_owner)
    for name, value in offers.columns(offer).items():
        setattr(invitation, name, value)
    invitation.language, invitation.invited_by_id, invitation.invited_by_name = language, actor.user_id, actor.label
    invitation.save(update_fields=["language", "invited_by", "invited_by_name", *offers.columns(offer)])
    _record(actor, "invitation.changed", invitation, at=at, role=offer.role, has_billing=offer.has_billing)
    return invitation


@transaction.atomic
def resend(*, invitation_id: UUID, actor: Actor, at: datetime) -> Invitation:
    """
    Send an invitation again, for as many days as the first time; the earlier link is void.

    Raises: InvitationClosed; TooManyInvitations.
    """
    invitation = _open(invitation_id)
    _require_quota(invitation.organization_id, at=at)
    invitation.round += 1
    invitation.sent_at, invitation.expires_at = at, _expiry(at)
    invitation.save(update_fields=["round", "sent_at", "expires_at"])
    _record(actor, "invitation.sent_again", invitation, at=at)
    _publish(invitation, at=at)
    return invitation


@transaction.atomic
def cancel(*, invitation_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Take an invitation back; its link says so.

    Raises: InvitationClosed.
    """
    invitation = _open(invitation_id)
    invitation.mark_cancelled(at=at)
    _record(actor, "invitation.cancelled", invitation, at=at)


def token(invitation: Invitation) -> str:
    """Return what stands in the link of the newest mail."""
    return _signer().sign(f"{invitation.public_id}.{invitation.round}")


@transaction.atomic
def look(*, token: str, at: datetime) -> Invitation:
    """
    Return the invitation that a link opens, with its organization, while it can be accepted.

    Raises: InvitationUnknown; InvitationUsed; InvitationCancelled; InvitationExpired; InvitationVoid.
    """
    invitation = _shown(token)
    with tenancy.within(invitation.organization_id):
        found: Invitation = Invitation.objects.select_related("organization").get(pk=invitation.pk)
        _require_acceptable(found, at=at)
        return found


@transaction.atomic
def accept(*, token: str, user: User, seen: str, actor: Actor, at: datetime) -> Membership:
    """
    Make a user a member, as the invitation offers; `seen` is the fingerprint of the offer that the user was shown.

    Raises: what `look` does; WrongAccount; InvitationChanged; AlreadyMember.
    """
    shown = _shown(token)
    with tenancy.within(shown.organization_id):
        Organization.objects.locked().get(pk=shown.organization_id)
        invitation: Invitation = Invitation.objects.locked().get(pk=shown.pk)
        _require_acceptable(invitation, at=at)
        if settings.INVITATION_ADDRESS_MATCHES and not addresses.belongs_to(user.pk, invitation.email):
            raise WrongAccount(address=masked(invitation.email))
        if seen != offers.fingerprint(invitation):
            raise InvitationChanged()
        return _join(invitation, user, actor=actor, at=at)


def masked(email: str) -> str:
    """Return an address as it is shown to who may not be its owner."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}…@{host}"


def _join(invitation: Invitation, user: User, *, actor: Actor, at: datetime) -> Membership:
    offer = offers.offer_of(invitation)
    joined = membership.add(
        organization_id=invitation.organization_id,
        user=user,
        role=offer.role,
        has_billing=offer.has_billing,
        is_partner=offer.is_partner,
        actor=actor,
        at=at,
    )
    if not offer.role.sees_all_products:
        granting.settle(holder=joined, wanted=dict(offer.rights), actor=actor, at=at)
        # A team that was dissolved in the meantime grants nothing.
        TeamMember.objects.bulk_create(
            TeamMember(organization_id=invitation.organization_id, team=team, membership=joined)
            for team in Team.objects.filter(organization_id=invitation.organization_id, pk__in=offer.teams)
        )
    invitation.mark_accepted(user_id=user.pk, at=at)
    _record(actor, "invitation.accepted", invitation, at=at, by=user.email)
    return joined


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt="plancia.invitation")


def _shown(text: str) -> Invitation:
    """The invitation of a link; the signature lets the database show its row."""
    try:
        public_id, _dot, round_ = _signer().unsign(text).partition(".")
    except signing.BadSignature:
        raise InvitationUnknown from None
    key = ids.parse(Invitation.prefix, public_id)
    if key is None:
        raise InvitationUnknown()
    tenancy.show(key)
    invitation: Invitation | None = Invitation.objects.filter(pk=key, round=int(round_)).first()
    if invitation is None:
        raise InvitationUnknown()
    return invitation


def _require_acceptable(invitation: Invitation, *, at: datetime) -> None:
    if invitation.accepted_at:
        raise InvitationUsed()
    if invitation.cancelled_at:
        raise InvitationCancelled()
    if invitation.expires_at <= at:
        raise InvitationExpired()
    if invitation.invited_by_id and not _may_still_invite(invitation, invitation.invited_by_id):
        raise InvitationVoid()


def _may_still_invite(invitation: Invitation, inviter_id: UUID) -> bool:
    inviter = Membership.objects.filter(
        organization_id=invitation.organization_id, user_id=inviter_id, blocked_at=None
    ).first()
    may = granted(Role(inviter.role), has_billing=inviter.has_billing) if inviter else frozenset()
    is_about_owners = invitation.role == Role.OWNER or invitation.is_partner
    return Permission.MANAGE_MEMBERS in may and (not is_about_owners or Permission.GRANT_OWNER in may)


def _open(invitation_id: UUID) -> Invitation:
    found: Invitation = Invitation.objects.get(pk=invitation_id)
    Organization.objects.locked().get(pk=found.organization_id)
    invitation: Invitation = Invitation.objects.locked().get(pk=invitation_id)
    if not invitation.is_waiting:
        raise InvitationClosed()
    return invitation


def _require_owner_for(offer: Offer, *, may_grant_owner: bool) -> None:
    if (offer.role is Role.OWNER or offer.is_partner) and not may_grant_owner:
        raise OwnersOnly()


def _require_quota(organization_id: UUID, *, at: datetime) -> None:
    most = settings.INVITATIONS_A_DAY
    sent = Invitation.objects.filter(organization_id=organization_id, sent_at__gt=at - timedelta(days=1))
    if sum(sent.values_list("round", flat=True)) >= most:
        raise TooManyInvitations(most=most)


def _expiry(at: datetime) -> datetime:
    return at + clock.days(settings.INVITATION_DAYS)


def _record(actor: Actor, action: str, invitation: Invitation, *, at: datetime, **details: object) -> None:
    trail.record(
        actor,
        action,
        invitation.public_id,
        organization_id=invitation.organization_id,
        at=at,
        email=invitation.email,
        **details,
    )


def _publish(invitation: Invitation, *, at: datetime) -> None:
    facts.publish(
        events.MemberInvited(
            organization_id=invitation.organization_id, happened_at=at, invitation=invitation.public_id
        )
    )
