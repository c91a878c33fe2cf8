"""What the bank's entries may be for: the prepaid account of whose reference it is."""

from __future__ import annotations

from plancia.bank import matching
from plancia.bank.matching import Target
from plancia.kernel import ids
from plancia.organizations.models import Organization
from plancia.payments import customer_references
from plancia.wallet import prepaid


@matching.finds
def prepaid_account(text: str) -> Target | None:
    """Return the prepaid account that a customer's own reference, its purpose, or an organization's id stands for."""
    wanted = text.removesuffix(":prepaid")
    owner = customer_references.owner(text.upper().replace(" ", "")) or ids.parse(Organization.prefix, wanted)
    organization = Organization.objects.filter(pk=owner).only("pk", "name", "currency").first() if owner else None
    if organization is None:
        return None
    return Target(
        organization_id=organization.pk,
        purpose=prepaid.top_up_purpose(organization.pk),
        label=organization.name,
        currency=organization.currency,
    )
