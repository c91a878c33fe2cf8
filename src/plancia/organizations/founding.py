"""Founding: how an organization comes to be, with its first owner."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations import events, membership, vat_numbers
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.organizations.states import Kind
from plancia.outbox import facts


class NameMissing(Refusal):
    """An organization without a name cannot be founded."""

    code = "name_missing"
    sentence = _("Please give a name.")


class NameTooLong(Refusal):
    """A name that no document has room for."""

    code = "name_too_long"
    sentence = _("Please keep the name under %(longest)d characters; it has %(length)d.")


_LONGEST_NAME = 200


@transaction.atomic
def found(
    *,
    user: User,
    kind: Kind,
    first_name: str = "",
    last_name: str = "",
    legal_name: str = "",
    street: str = "",
    house_number: str = "",
    postcode: str = "",
    city: str = "",
    country: str,
    billing_email: str = "",
    vat_number: str = "",
    language: str,
    actor: Actor,
    at: datetime,
    organization_id: UUID | None = None,
) -> Organization:
    """
    Make an organization and its first owner, and enter it for the rest of the transaction.

    A person's organization is named "First Last" (the user's names where none are given), any other by its legal name.
    The country decides the currency of documents issued from now on.

    Raises: NameMissing; NameTooLong; VatNumberRefused.
    Source: SPEC 2.1, 2.3.
    """
    name = _name(user, kind, first_name=first_name, last_name=last_name, legal_name=legal_name)
    number = vat_numbers.check(country, vat_number)

    # The database lets us write rows of the organization that we are in, so we enter it before it exists.
    key = organization_id or ids.new()
    tenancy.enter(key)
    organization: Organization = Organization.objects.create(
        pk=key,
        name=name,
        kind=kind,
        currency=currency_of(country),
        language=language,
        recipient=name,
        street=street.strip(),
        house_number=house_number.strip(),
        postcode=postcode.strip(),
        city=city.strip(),
        country=country,
        billing_email=billing_email.strip() or user.email,
        vat_number=number,
        vat_number_state=vat_numbers.state_of(country, number),
        vat_number_checked_at=at if number else None,
        created_at=at,
    )
    trail.record(
        actor, "organization.founded", organization.public_id, organization_id=key, at=at, name=name, kind=kind
    )
    facts.publish(
        events.OrganizationFounded(
            organization_id=key, happened_at=at, organization=organization.public_id, user=user.public_id
        )
    )
    membership.add(organization_id=key, user=user, role=Role.OWNER, has_billing=True, actor=actor, at=at)
    return organization


def currency_of(country: str) -> str:
    """Return the currency of customers in `country`. Source: SPEC 2.3, settings.CURRENCY_OF_COUNTRY."""
    return settings.CURRENCY_OF_COUNTRY.get(country, settings.CURRENCY)


def _name(user: User, kind: Kind, *, first_name: str, last_name: str, legal_name: str) -> str:
    if kind is Kind.PERSON and not legal_name.strip():
        return tidy_name(f"{first_name.strip() or user.first_name} {last_name.strip() or user.last_name}")
    return tidy_name(legal_name)


def tidy_name(text: str) -> str:
    """
    Return the name of an organization as we keep it.

    Raises: NameMissing; NameTooLong.
    """
    name = " ".join(text.split())
    if not name:
        raise NameMissing()
    if len(name) > _LONGEST_NAME:
        raise NameTooLong(longest=_LONGEST_NAME, length=len(name))
    return name
