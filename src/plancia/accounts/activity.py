"""Activity: what happened to an account, written down for its user, and told by mail where she should know at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.accounts import agents, events
from plancia.accounts.models import Activity, User
from plancia.kernel import ids
from plancia.kernel.actors import Actor
from plancia.kernel.pages import Page, page_of
from plancia.outbox import facts


class Action(StrEnum):
    """What can happen to an account."""

    SIGNED_UP = "signed_up"
    SIGNED_IN = "signed_in"
    SIGNED_IN_FROM_NEW_DEVICE = "signed_in_from_new_device"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_LOCKED = "sign_in_locked"
    PASSWORD_REFUSED = "password_refused"  # noqa: S105  (an event)
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  (an event)
    LOGIN_EMAIL_ASKED = "login_email_asked"
    LOGIN_EMAIL_TAKEN = "login_email_taken"
    LOGIN_EMAIL_CHANGED = "login_email_changed"
    LOGIN_EMAIL_RESTORED = "login_email_restored"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    APPLICATION_PASSWORD_MADE = "application_password_made"  # noqa: S105  (an event)
    APPLICATION_PASSWORD_REVOKED = "application_password_revoked"  # noqa: S105  (an event)
    TOKEN_MADE = "token_made"  # noqa: S105  (an event)
    TOKEN_REVOKED = "token_revoked"  # noqa: S105  (an event)
    SECURED = "secured"
    EXPORT_ASKED = "export_asked"
    CLOSING_ASKED = "closing_asked"
    CLOSING_WITHDRAWN = "closing_withdrawn"
    RECOVERY_EMAIL_ASKED = "recovery_email_asked"
    RECOVERY_EMAIL_CHANGED = "recovery_email_changed"
    RECOVERY_PHONE_CHANGED = "recovery_phone_changed"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    SESSIONS_ENDED_BY_STAFF = "sessions_ended_by_staff"
    PASSWORD_REQUIRED_BY_STAFF = "password_required_by_staff"  # noqa: S105  (an event)
    STAFF_ROLES_CHANGED = "staff_roles_changed"

    @property
    def sentence(self) -> str | Promise:
        """How people read it."""
        return _SENTENCES[self]


_SENTENCES: dict[Action, str | Promise] = {
    Action.SIGNED_UP: _("Account created"),
    Action.SIGNED_IN: _("Signed in"),
    Action.SIGNED_IN_FROM_NEW_DEVICE: _("Signed in from a new device"),
    Action.SIGN_IN_FAILED: _("Sign-in failed: wrong password"),
    Action.SIGN_IN_LOCKED: _("Many wrong passwords: sign-in from unknown devices was paused"),
    Action.PASSWORD_REFUSED: _("A wrong password was typed"),
    Action.PASSWORD_CHANGED: _("Password changed"),
    Action.LOGIN_EMAIL_ASKED: _("Change of the login e-mail asked for"),
    Action.LOGIN_EMAIL_TAKEN: _("Change of the login e-mail refused: the address belongs to another account"),
    Action.LOGIN_EMAIL_CHANGED: _("Login e-mail changed"),
    Action.LOGIN_EMAIL_RESTORED: _("Change of the login e-mail undone"),
    Action.TOTP_ADDED: _("Authenticator app added"),
    Action.TOTP_REMOVED: _("Authenticator app removed"),
    Action.PASSKEY_ADDED: _("Passkey added"),
    Action.PASSKEY_REMOVED: _("Passkey removed"),
    Action.RECOVERY_CODES_MADE: _("New recovery codes made"),
    Action.APPLICATION_PASSWORD_MADE: _("Application password made"),
    Action.APPLICATION_PASSWORD_REVOKED: _("Application password removed"),
    Action.TOKEN_MADE: _("API token made"),
    Action.TOKEN_REVOKED: _("API token removed"),
    Action.SECURED: _("Account secured: all sessions, tokens and application passwords ended"),
    Action.EXPORT_ASKED: _("Archive of my data asked for"),
    Action.CLOSING_ASKED: _("Closing of the account asked for"),
    Action.CLOSING_WITHDRAWN: _("Closing of the account withdrawn"),
    Action.RECOVERY_EMAIL_ASKED: _("Change of the recovery e-mail asked for"),
    Action.RECOVERY_EMAIL_CHANGED: _("Recovery e-mail changed"),
    Action.RECOVERY_PHONE_CHANGED: _("Recovery phone changed"),
    Action.SESSION_ENDED: _("A session was ended"),
    Action.SESSIONS_ENDED: _("All other sessions were ended"),
    Action.SESSIONS_ENDED_BY_STAFF: _("Our staff ended all your sessions"),
    Action.PASSWORD_REQUIRED_BY_STAFF: _("Our staff ask you for a new password"),
    Action.STAFF_ROLES_CHANGED: _("Roles in the back office changed"),
}

#: What the user hears of by mail, at once: if it was not she, every minute counts.
TOLD = frozenset(
    {
        Action.SIGNED_IN_FROM_NEW_DEVICE,
        Action.SIGN_IN_LOCKED,
        Action.PASSWORD_CHANGED,
        Action.TOTP_ADDED,
        Action.TOTP_REMOVED,
        Action.PASSKEY_ADDED,
        Action.PASSKEY_REMOVED,
        Action.RECOVERY_CODES_MADE,
        Action.CLOSING_ASKED,
        Action.CLOSING_WITHDRAWN,
        Action.EXPORT_ASKED,
        Action.APPLICATION_PASSWORD_MADE,
        Action.TOKEN_MADE,
        Action.RECOVERY_EMAIL_CHANGED,
        Action.RECOVERY_PHONE_CHANGED,
        Action.LOGIN_EMAIL_RESTORED,
        Action.SESSIONS_ENDED_BY_STAFF,
        Action.PASSWORD_REQUIRED_BY_STAFF,
        Action.STAFF_ROLES_CHANGED,
    }
)


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A line of the activity log."""

    at: datetime
    sentence: str | Promise
    ip: str
    agent: str
    detail: str


def record(user: User, action: Action, *, actor: Actor, at: datetime, agent: str = "", **details: str) -> Activity:
    """Write down what happened to an account, in the transaction in progress. Details are read by the user."""
    # The key is ours: the role app may write lines of people who are not signed in, and reads none of them back.
    activity = Activity(user=user, at=at, action=action, ip=actor.ip, agent=agent[:400], details=details)
    Activity.objects.bulk_create([activity])
    if action in TOLD and (user.is_told_of_sign_ins or action is not Action.SIGNED_IN_FROM_NEW_DEVICE):
        facts.publish(
            events.SecurityChanged(
                organization_id=None, happened_at=at, user=user.public_id, activity=activity.public_id
            )
        )
    return activity


def count(user_id: UUID, action: Action, *, since: datetime) -> int:
    """Return how often something happened to an account since then."""
    return Activity.objects.filter(user_id=user_id, action=action, at__gte=since).count()


def latest(user_id: UUID, action: Action, *, most: int) -> list[ActivityRow]:
    """Return when something happened to an account, the newest first."""
    found = Activity.objects.filter(user_id=user_id, action=action).order_by("-at", "-pk")
    return [row(one) for one in found[:most]]


def page(user_id: UUID, *, number: int) -> Page[ActivityRow]:
    """Return a page of what happened to an account, the newest first."""
    return page_of(Activity.objects.filter(user_id=user_id).order_by("-at", "-pk"), row, number=number)


def row(activity: Activity) -> ActivityRow:
    """Return a line as people read it."""
    known = activity.action in set(Action)
    return ActivityRow(
        at=activity.at,
        sentence=Action(activity.action).sentence if known else activity.action,
        ip=activity.ip,
        agent=agents.name(activity.agent),
        detail=" · ".join(activity.details.values()),
    )


def by_public_id(public_id: str) -> Activity | None:
    """Return one line, for whoever tells it by mail."""
    key = ids.parse(Activity.prefix, public_id)
    found: Activity | None = Activity.objects.select_related("user").filter(pk=key).first() if key else None
    return found
