from __future__ import annotations

import psycopg
import pytest
from django.db.utils import IntegrityError

from plancia.catalog.models import Plan
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.subscriptions.models import Term
from tests.subscriptions import world
from tests.subscriptions.world import days


def found() -> set[str]:
    return {difference.check for difference in books.differences()}


def test_books_of_what_was_bought_are_clean(aurora: Organization, hosting: Plan) -> None:
    world.buy(aurora, hosting)

    assert found() == set()


def test_a_gap_is_found(aurora: Organization, hosting: Plan, superuser: psycopg.Connection) -> None:
    held = world.buy(aurora, hosting)
    superuser.execute("update subscriptions_subscription set paid_until = paid_until + interval '1 day'")

    assert found() == {"paid terms follow one another"}
    assert world.fresh(held).paid_until > held.paid_until


@pytest.mark.parametrize(
    "harm",
    [
        "update subscriptions_term set invoice = ''",
        "update subscriptions_term set invoice = 'inv_01jz0000000000000000000000'",
        "update subscriptions_term set net_minor = net_minor + 1",
    ],
)
def test_a_term_that_no_line_bills_is_found(
    aurora: Organization, hosting: Plan, superuser: psycopg.Connection, harm: str
) -> None:
    world.buy(aurora, hosting)

    superuser.execute(harm)  # type: ignore[call-overload]

    assert found() == {"each billed term is one invoice line"}


def test_the_database_refuses_overlapping_terms(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    (term,) = world.terms(held)
    overlapping = Term(
        organization=aurora,
        subscription=held,
        starts_at=term.starts_at + days(1),
        ends_at=term.ends_at + days(1),
        plan=term.plan,
        quantity=1,
        months=12,
        price=term.price,
        net_minor=0,
        currency=term.currency,
        offered_at=term.offered_at,
    )

    with pytest.raises(IntegrityError, match="term_no_overlap"):
        overlapping.save()
