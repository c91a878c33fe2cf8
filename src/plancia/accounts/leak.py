"""Leak: what to do at once when somebody else knows the password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from plancia.accounts import activity, api_tokens, application_passwords, events, passwords
from plancia.accounts.activity import Action
from plancia.accounts.models import User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.outbox import facts


@transaction.atomic
def secure(
    *,
    user_id: UUID,
    password: str,
    new_password: str,
    session_key: str | None,
    actor: Actor,
    agent: str,
    at: datetime,
) -> User:
    """
    Change the password, end all other sessions, and take back every token and application password.

    Apps are signed out, too: they hear of it by the fact.

    Raises: TooManyPasswords, PasswordWrong; PasswordSame; PasswordUnfit.
    Source: SPEC 1.10.
    """
    user = passwords.change(
        user_id=user_id,
        password=password,
        new_password=new_password,
        keeps_sessions=False,
        session_key=session_key,
        actor=actor,
        agent=agent,
        at=at,
    )
    application_passwords.revoke_all(user=user, at=at)
    api_tokens.revoke_all(user=user, at=at)
    activity.record(user, Action.SECURED, actor=actor, agent=agent, at=at)
    facts.publish(events.AccountSecured(organization_id=None, happened_at=at, user=user.public_id))
    return user
