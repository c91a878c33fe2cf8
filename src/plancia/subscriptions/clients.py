"""Clients: the organizations that a partner works for, and what there asks for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.kernel import clock, transaction
from plancia.kernel.pages import Page
from plancia.organizations import queries
from plancia.organizations.roles import GRANTS, MAY_HAVE_BILLING, SEE_ALL_PRODUCTS, Permission, Role
from plancia.subscriptions.timeline import timeline


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client: its products that one sees, and how many of them are due, expiring, broken."""

    public_id: str
    name: str
    role: Role
    products: int
    due: int
    expiring: int
    broken: int

    @property
    def is_calm(self) -> bool:
        return not (self.due or self.expiring or self.broken)


def clients(user_id: UUID, *, search: str, page: int, at: datetime) -> Page[ClientRow]:
    """
    Return a page of the organizations in which a user is a partner, by name. Three queries, however many there are.

    The database enters each of them in turn, as row-level security asks, and only where the user's membership lets her.
    """
    shown = queries.organizations_page(user_id, search=search, page=page, is_partner=True)
    counts = _counts([row.key for row in shown.rows], at=at)
    rows = [ClientRow(row.public_id, row.name, row.role, *counts.get(row.key, (0, 0, 0, 0))) for row in shown.rows]
    return Page(rows, shown.number, shown.size, shown.total)


def _counts(keys: list[UUID], *, at: datetime) -> dict[UUID, tuple[int, int, int, int]]:
    if not keys:
        return {}
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            "select * from subscriptions_of_clients(%s, %s, %s, %s, %s, %s)",
            [
                keys,
                at,
                at + clock.days(timeline().offer),
                [role.value for role in SEE_ALL_PRODUCTS],
                [role.value for role in Role if Permission.SEE_BILLING in GRANTS[role]],
                [role.value for role in MAY_HAVE_BILLING],
            ],
        )
        return {key: (products, due, expiring, broken) for key, products, due, expiring, broken in cursor.fetchall()}
