"""
Customer references: what a transfer to an organization's prepaid account says, always the same. Source: ISO 11649.

A reference of an order or an invoice begins, after its check digits, with B or R; a customer's with P.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from stdnum.iso7064 import mod_97_10

from plancia.kernel import transaction
from plancia.payments.models import CustomerReference

# Without letters that are taken for digits. Ten of them: one guess in a thousand million million is somebody's.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 10


def of(organization_id: UUID, *, at: datetime) -> str:
    """Return the reference of an organization, made on first use."""
    known = (
        CustomerReference.objects.filter(organization_id=organization_id).values_list("reference", flat=True).first()
    )
    return str(known) if known else _make(organization_id, at=at)


def owner(reference: str) -> UUID | None:
    """Return whose reference it is, as staff; None where it is nobody's."""
    found = CustomerReference.objects.filter(reference=reference).values_list("organization_id", flat=True).first()
    return found if found is None else UUID(str(found))


def _make(organization_id: UUID, *, at: datetime) -> str:
    body = "P" + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    reference = f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"
    try:
        with transaction.atomic():
            CustomerReference.objects.create(organization_id=organization_id, reference=reference, made_at=at)
    except IntegrityError:
        # Somebody else made it meanwhile.
        return str(CustomerReference.objects.values_list("reference", flat=True).get(organization_id=organization_id))
    return reference
