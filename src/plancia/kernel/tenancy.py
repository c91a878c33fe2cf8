"""
Tenancy: telling the database for whom we ask.

Row-level security compares `organization_id` with the setting `app.org`, and memberships with `app.user`. Both are
set for one transaction and never for a session, which a pool would hand to somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from plancia.kernel import transaction


@contextmanager
def within(organization_id: UUID) -> Iterator[None]:
    """Ask for one organization within the block, as one transaction; afterwards for whom it was before."""
    with transaction.atomic():
        before = _setting("app.org")
        enter(organization_id)
        yield
        # A committed savepoint keeps the inner setting, so we put the outer one back by hand.
        _set("app.org", before)


def enter(organization_id: UUID) -> None:
    """Ask for one organization until the transaction in progress ends."""
    _set("app.org", str(organization_id))


def enter_user(user_id: UUID) -> None:
    """Ask as one user until the transaction in progress ends."""
    _set("app.user", str(user_id))


def show(key: UUID) -> None:
    """Let the database show the one row that a signed link opens, until the transaction in progress ends."""
    _set("app.shown", str(key))


def _setting(name: str) -> str:
    with transaction.connection().cursor() as cursor:
        cursor.execute("select coalesce(current_setting(%s, true), '')", [name])
        return str(cursor.fetchone()[0])


def _set(name: str, value: str) -> None:
    with transaction.connection().cursor() as cursor:
        cursor.execute("select set_config(%s, %s, true)", [name, value])
