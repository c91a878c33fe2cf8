"""Withdrawing: prepaid money goes back to its owner's bank account or PayPal. While it is under way, it is reserved."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.bank import payouts
from plancia.bank.models import Payout
from plancia.bank.payouts import Destination
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Organization
from plancia.wallet import chart


class NothingToWithdraw(Refusal):
    """No amount, or less than nothing."""

    code = "nothing_to_withdraw"
    sentence = _("Enter an amount above zero.")
    field = "amount"


@transaction.atomic
def ask(
    *,
    organization_id: UUID,
    amount: Money,
    destination: Destination,
    key: UUID,
    note: str = "",
    actor: Actor,
    at: datetime,
) -> Payout:
    """
    Ask for prepaid money back. It is reserved at once, and leaves when staff have released it.

    Raises: NothingToWithdraw; InsufficientFunds.
    """
    if not amount.is_positive:
        raise NothingToWithdraw
    public_id = ids.public(Organization.prefix, organization_id)
    return payouts.ask(
        organization_id=organization_id,
        purpose=purpose(organization_id),
        amount=amount,
        source=chart.prepaid(public_id, amount.currency),
        destination=destination,
        key=key,
        note=note,
        actor=actor,
        at=at,
    )


def purpose(organization_id: UUID) -> str:
    """Return what the payouts of a prepaid account are for."""
    return f"{ids.public(Organization.prefix, organization_id)}:withdrawal"
