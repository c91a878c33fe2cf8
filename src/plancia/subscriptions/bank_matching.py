"""What the bank's entries may be for: what a customer chose to pay by transfer."""

from __future__ import annotations

from plancia.bank import matching
from plancia.bank.matching import Target
from plancia.subscriptions.models import Selection


@matching.finds
def selection(text: str) -> Target | None:
    """Return the choice that a reference or a public id stands for, open or not."""
    plain = text.upper().replace(" ", "")
    found: Selection | None = (
        Selection.objects.by_public_id(text).first() or Selection.objects.filter(payment_reference=plain).first()
    )
    if found is None:
        return None
    return Target(
        organization_id=found.organization_id,
        purpose=found.public_id,
        label=found.public_id,
        currency=found.currency,
        open=found.total,
    )
