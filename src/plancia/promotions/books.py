"""What must hold of promo codes: what they count is what orders took."""

from __future__ import annotations

from collections.abc import Iterable

from plancia.ledger import books
from plancia.ledger.books import Difference


@books.check(
    "promo codes count their uses",
    explains="A code may be used too often or too seldom, as its counter is not what orders say; no money is wrong.",
)
def counted() -> Iterable[Difference]:
    """Return the codes whose counter is not the number of orders that hold them."""
    return books.query(
        "promo codes count their uses",
        """
        select c.text, c.used, count(u.id) filter (where u.returned_at is null)
        from promotions_code c left join promotions_use u on u.code_id = c.id
        group by c.id having c.used <> count(u.id) filter (where u.returned_at is null) order by c.text""",
    )
