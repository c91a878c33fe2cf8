"""What people hear of their own account, whatever organization they are in."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from plancia.accounts import activity
from plancia.accounts.activity import Action
from plancia.accounts.events import AccountClosed, SecurityChanged
from plancia.notices import composing, outgoing
from plancia.organizations.queries import Recipient
from plancia.outbox.facts import handles

#: What staff did to an account for its user's sake: the mail, and the page that leads back in.
_BY_STAFF = {
    Action.SESSIONS_ENDED_BY_STAFF: ("sessions_ended_by_staff", "account_login"),
    Action.PASSWORD_REQUIRED_BY_STAFF: ("password_required_by_staff", "account_reset_password"),
}


@handles(SecurityChanged)
def security_changed(event: SecurityChanged, *, at: datetime) -> None:
    """Tell what happened to an account, from where, and what to do if it was not its user."""
    happened = activity.by_public_id(event.activity)
    if happened is None or not happened.user.is_active:
        return
    user, row = happened.user, activity.row(happened)
    template, page = _BY_STAFF.get(Action(happened.action), ("security_changed", "profile-leak"))
    context = {
        "row": row,
        "email": user.email,
        "url": str(settings.BASE_URL) + reverse(page),
        "activity_url": str(settings.BASE_URL) + reverse("profile-activity"),
    }
    recipients = [Recipient(user.email, user.name, user.language)]
    if user.recovery_email:
        recipients.append(Recipient(user.recovery_email, user.name, user.language))
    outgoing.write_down(
        [composing.compose(template, recipient, context, about=event.activity) for recipient in recipients],
        at=at,
    )


@handles(AccountClosed)
def account_closed(event: AccountClosed, *, at: datetime) -> None:
    """Say good-bye: the account is closed, and what was kept of its user is erased."""
    recipient = Recipient(event.email, event.person, event.language)
    context = {"email": event.email, "closed_at": event.happened_at, "url": str(settings.BASE_URL) + reverse("home")}
    outgoing.write_down([composing.compose("account_closed", recipient, context, about=event.user)], at=at)
