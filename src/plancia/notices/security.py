"""What people hear of their own account, whatever organization they are in."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from plancia.accounts import activity
from plancia.accounts.events import SecurityChanged
from plancia.notices import composing, outgoing
from plancia.organizations.queries import Recipient
from plancia.outbox.facts import handles


@handles(SecurityChanged)
def security_changed(event: SecurityChanged, *, at: datetime) -> None:
    """Tell what happened to an account, from where, and what to do if it was not its user."""
    happened = activity.by_public_id(event.activity)
    if happened is None or not happened.user.is_active:
        return
    user, row = happened.user, activity.row(happened)
    context = {
        "row": row,
        "email": user.email,
        "url": str(settings.BASE_URL) + reverse("profile-leak"),
        "activity_url": str(settings.BASE_URL) + reverse("profile-activity"),
    }
    recipients = [Recipient(user.email, user.name, user.language)]
    if user.recovery_email:
        recipients.append(Recipient(user.recovery_email, user.name, user.language))
    outgoing.write_down(
        [composing.compose("security_changed", recipient, context, about=event.activity) for recipient in recipients],
        at=at,
    )
