"""
Billing addresses: an organization's book of them, and which one its documents carry from now on.

The address in use stands on the organization too, where whoever issues an invoice finds it; documents that exist keep
theirs. Source: SPEC 2.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

from plancia.audit import trail
from plancia.billing.models import Address, ProductReference
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations import founding, vat_numbers
from plancia.organizations.models import Organization
from plancia.wallet import prepaid


class RecipientMissing(Refusal):
    """An address without a name."""

    code = "recipient_missing"
    sentence = _("Please say to whom the invoice goes.")
    field = "recipient"


class TaxCodeRefused(Refusal):
    """No codice fiscale. Source: DM 345/1976, through python-stdnum."""

    code = "tax_code_refused"
    sentence = _("“%(written)s” is not a codice fiscale. Please compare it with your documents.")
    field = "tax_code"


class SdiCodeRefused(Refusal):
    """No code of a recipient in the Italian exchange system."""

    code = "sdi_code_refused"
    sentence = _("“%(written)s” is not a recipient code: it has seven letters and digits, of public bodies six.")
    field = "sdi_code"


class CurrencyWouldChange(Refusal):
    """The address's country is billed in another currency than the money on the prepaid account."""

    code = "currency_would_change"
    sentence = _(
        "There you would be billed in %(currency)s, but your prepaid account holds %(balance)s. Please use it up or"
        " withdraw it first."
    )
    field = "country"


class AddressInUse(Refusal):
    """The address that documents carry cannot be taken out of the book."""

    code = "address_in_use"
    sentence = _("This address is in use. Choose another one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An address as somebody typed it."""

    recipient: str
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country: str
    email: str = ""
    vat_number: str = ""
    tax_code: str = ""
    sdi_code: str = ""
    pec: str = ""


_FIELDS = tuple(field.name for field in fields(Draft))


@dataclass(frozen=True, slots=True)
class Book:
    """The address in use, and the others. `used_id` is empty while nobody has written a book."""

    used: Draft
    used_id: str
    others: list[Address]


def book(organization: Organization) -> Book:
    """Return an organization's addresses, in one query."""
    rows = list(Address.objects.filter(organization=organization).order_by("recipient", "pk"))
    used_id = next((row.public_id for row in rows if row.is_used), "")
    return Book(_in_use(organization), used_id, [row for row in rows if not row.is_used])


def draft_of(row: Address) -> Draft:
    """Return an address of the book as a draft, to be changed."""
    return Draft(**{name: getattr(row, name) for name in _FIELDS})


@transaction.atomic
def add(*, organization_id: UUID, draft: Draft, actor: Actor, at: datetime) -> Address:
    """
    Write an address into the book; it is used when somebody chooses it.

    Raises: RecipientMissing; VatNumberRefused; TaxCodeRefused; SdiCodeRefused.
    """
    organization = Organization.objects.locked().get(pk=organization_id)
    checked = _checked(draft)
    _begun(organization)
    row: Address = Address.objects.create(organization=organization, **_values(checked))
    _record(actor, "address.added", organization, row, at=at)
    return row


@transaction.atomic
def change(*, organization_id: UUID, address: str, draft: Draft, actor: Actor, at: datetime) -> Address:
    """
    Change an address of the book, the one in use by an empty `address`; documents that exist keep what they say.

    Raises: as `add`; CurrencyWouldChange.
    """
    organization = Organization.objects.locked().get(pk=organization_id)
    checked = _checked(draft)
    used = _begun(organization)
    row = used if address in ("", used.public_id) else _found(organization, address)
    for name, value in _values(checked).items():
        setattr(row, name, value)
    row.save(update_fields=list(_FIELDS))
    if row.is_used:
        _carry(organization, checked, at=at)
    _record(actor, "address.changed", organization, row, at=at)
    return row


@transaction.atomic
def use(*, organization_id: UUID, address: str, actor: Actor, at: datetime) -> Address:
    """
    Let documents carry an address of the book from now on. Choosing it twice is choosing it once.

    Raises: CurrencyWouldChange.
    """
    organization = Organization.objects.locked().get(pk=organization_id)
    used, row = _begun(organization), _found(organization, address)
    if row.pk == used.pk:
        return used
    _carry(organization, draft_of(row), at=at)
    Address.objects.filter(pk=used.pk).update(is_used=False)
    row.is_used = True
    row.save(update_fields=["is_used"])
    _record(actor, "address.used", organization, row, at=at)
    return row


@transaction.atomic
def remove(*, organization_id: UUID, address: str, actor: Actor, at: datetime) -> None:
    """Take an address out of the book. Raises: AddressInUse."""
    organization = Organization.objects.locked().get(pk=organization_id)
    row = _found(organization, address)
    if row.is_used:
        raise AddressInUse()
    _record(actor, "address.removed", organization, row, at=at)
    row.delete()


@transaction.atomic
def name_product(*, organization_id: UUID, subject: str, text: str, actor: Actor, at: datetime) -> None:
    """Keep what an organization wants to read on invoice lines about one product from now on; empty takes it back."""
    organization = Organization.objects.locked().get(pk=organization_id)
    written = " ".join(text.split())[: ProductReference._meta.get_field("text").max_length]
    if written:
        ProductReference.objects.update_or_create(
            organization=organization, subject=subject, defaults={"text": written}
        )
    else:
        ProductReference.objects.filter(organization=organization, subject=subject).delete()
    trail.record(actor, "product.reference_changed", subject, organization_id=organization.pk, at=at, reference=written)


def reference_of(organization_id: UUID, subject: str) -> str:
    """Return what an organization wants to read on lines about a product; empty where it said nothing."""
    row = ProductReference.objects.filter(organization_id=organization_id, subject=subject).first()
    return row.text if row else ""


def _checked(draft: Draft) -> Draft:
    values = {name: " ".join(str(getattr(draft, name)).split()) for name in _FIELDS}
    if not values["recipient"]:
        raise RecipientMissing()
    values["vat_number"] = vat_numbers.check(values["country"], values["vat_number"])
    values["tax_code"] = _tax_code(values["tax_code"].upper().replace(" ", ""))
    values["sdi_code"] = values["sdi_code"].upper()
    if values["sdi_code"] and not re.fullmatch("[A-Z0-9]{6,7}", values["sdi_code"]):
        raise SdiCodeRefused(written=values["sdi_code"])
    return Draft(**values)


def _tax_code(written: str) -> str:
    if not written:
        return ""
    try:
        # Companies have eleven digits, as their VAT number.
        return str(iva.validate(written) if written.isdigit() else codicefiscale.validate(written))
    except ValidationError as refused:
        raise TaxCodeRefused(written=written[:28]) from refused


def _carry(organization: Organization, draft: Draft, *, at: datetime) -> None:
    """Write the address onto the organization. A number that is new is judged anew."""
    currency = founding.currency_of(draft.country)
    balance = prepaid.balance(organization)
    if currency != organization.currency and balance:
        raise CurrencyWouldChange(currency=currency, balance=balance)
    if (draft.vat_number, draft.country) != (organization.vat_number, organization.country):
        organization.vat_number_state = vat_numbers.state_of(draft.country, draft.vat_number)
        organization.vat_number_checked_at = at if draft.vat_number else None
    for name in _FIELDS:
        setattr(organization, "billing_email" if name == "email" else name, getattr(draft, name))
    organization.currency = currency
    organization.save(
        update_fields=[
            *("billing_email" if name == "email" else name for name in _FIELDS),
            "currency",
            "vat_number_state",
            "vat_number_checked_at",
        ]
    )


def _in_use(organization: Organization) -> Draft:
    return Draft(**{name: getattr(organization, "billing_email" if name == "email" else name) for name in _FIELDS})


def _begun(organization: Organization) -> Address:
    """Return the address in use, written into the book if it is not there yet, and as the organization has it."""
    row: Address | None = Address.objects.filter(organization=organization, is_used=True).first()
    values = _values(_in_use(organization))
    if row is None:
        return Address.objects.create(organization=organization, is_used=True, **values)
    if values != {name: getattr(row, name) for name in _FIELDS}:
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(_FIELDS))
    return row


def _found(organization: Organization, address: str) -> Address:
    row: Address = Address.objects.filter(organization=organization).by_public_id(address).get()
    return row


def _values(draft: Draft) -> dict[str, str]:
    return {name: getattr(draft, name) for name in _FIELDS}


def _record(actor: Actor, action: str, organization: Organization, row: Address, *, at: datetime) -> None:
    trail.record(
        actor,
        action,
        row.public_id,
        organization_id=organization.pk,
        at=at,
        recipient=row.recipient,
        city=row.city,
        country=row.country,
        vat_number=row.vat_number,
    )
