"""Taking: what reduces an order is taken with it, and given back when it ends unpaid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from plancia.kernel import ids, transaction
from plancia.kernel.money import Money
from plancia.promotions import codes, grants
from plancia.promotions.models import Code, Grant


@transaction.atomic
def take(wanted: Sequence[tuple[str, Money]], *, organization_id: UUID, order_id: UUID, at: datetime) -> None:
    """
    Let an order take codes and offers, each named by its public id, with what it took off.

    In the order of their ids, whatever the order of the lines, so that two orders do not wait for each other in a
    circle. The caller holds the organization's lock.

    Raises: what codes.take and grants.take do.
    """
    for source, discount in sorted(wanted, key=lambda pair: pair[0]):
        if key := ids.parse(Code.prefix, source):
            codes.take(code_id=key, organization_id=organization_id, order_id=order_id, discount=discount, at=at)
        elif key := ids.parse(Grant.prefix, source):
            grants.take(grant_id=key, organization_id=organization_id, order_id=order_id, discount=discount, at=at)
        else:
            raise ValueError(f"{source} is no code and no offer")


@transaction.atomic
def give_back(*, order_id: UUID, organization_id: UUID, at: datetime) -> None:
    """Give back what an order took that ended unpaid. The caller holds the organization's lock."""
    codes.give_back(order_id=order_id, organization_id=organization_id, at=at)
    grants.give_back(order_id=order_id, organization_id=organization_id)
