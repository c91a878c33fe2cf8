"""Editing: what an organization is called, where it is, how it is written to, and what it asks of its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses
from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.ledger.models import Account
from plancia.organizations import events, founding, vat_numbers
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind
from plancia.outbox import facts


class CurrencyBound(Refusal):
    """The country decides the currency, and money that stands in one currency is not money of another."""

    code = "currency_bound"
    sentence = _(
        "There the currency is %(wanted)s, not %(present)s. That can change once no product runs, nothing is open "
        "and the prepaid account is empty."
    )
    field = "country"


class TooManyBillingEmails(Refusal):
    """Invoices go to a handful of addresses."""

    code = "too_many_billing_emails"
    sentence = _("At most %(most)d further addresses can be kept.")
    field = "more_billing_emails"


class NoSuchGrace(Refusal):
    """The time to set up a second factor is counted in days, up to a year."""

    code = "no_such_grace"
    sentence = _("Please give a number of days from 0 to 365.")
    field = "grace_days"


MOST_ADDRESSES = 5
_MOST_GRACE_DAYS = 365


@dataclass(frozen=True, slots=True)
class Draft:
    """What an organization is to be."""

    kind: Kind
    name: str
    street: str
    house_number: str
    postcode: str
    city: str
    country: str
    language: str
    billing_email: str
    more_billing_emails: Sequence[str] = ()
    vat_number: str = ""


@transaction.atomic
def edit(*, organization_id: UUID, draft: Draft, holds_products: bool, actor: Actor, at: datetime) -> Organization:
    """
    Change an organization. Documents that were issued stay as they are; later ones say what it says then.

    Raises: NameMissing; NameTooLong; VatNumberRefused; AddressUndeliverable; TooManyBillingEmails; CurrencyBound,
        where the country asks for another currency and the organization `holds_products` or money.
    Source: SPEC 2.3.
    """
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    wanted = _columns(organization, draft, at=at)
    if wanted["currency"] != organization.currency and (holds_products or _holds_money(organization)):
        raise CurrencyBound(wanted=wanted["currency"], present=organization.currency)

    changed = {name: value for name, value in wanted.items() if getattr(organization, name) != value}
    if not changed:
        return organization
    before = {name: getattr(organization, name) for name in changed}
    for name, value in changed.items():
        setattr(organization, name, value)
    organization.save(update_fields=list(changed))
    trail.record(
        actor,
        "organization.changed",
        organization.public_id,
        organization_id=organization_id,
        at=at,
        before=before,
        after=changed,
    )
    facts.publish(
        events.OrganizationChanged(
            organization_id=organization_id,
            happened_at=at,
            organization=organization.public_id,
            fields=sorted(changed),
        )
    )
    return organization


@transaction.atomic
def require_second_factor(*, organization_id: UUID, grace_days: int | None, actor: Actor, at: datetime) -> None:
    """
    Ask all members for a second factor, `grace_days` from now (or from when they join); None asks for none any more.

    Raises: NoSuchGrace.
    Source: SPEC 1.6.
    """
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    if grace_days is not None and not 0 <= grace_days <= _MOST_GRACE_DAYS:
        raise NoSuchGrace()
    # Who only changes the days does not begin them anew.
    required_at = (organization.second_factor_required_at or at) if grace_days is not None else None
    organization.second_factor_required_at = required_at
    if grace_days is not None:
        organization.second_factor_grace_days = grace_days
    organization.save(update_fields=["second_factor_required_at", "second_factor_grace_days"])
    trail.record(
        actor,
        "organization.second_factor_required" if required_at else "organization.second_factor_waived",
        organization.public_id,
        organization_id=organization_id,
        at=at,
        grace_days=grace_days,
    )


def _columns(organization: Organization, draft: Draft, *, at: datetime) -> dict[str, object]:
    name = founding.tidy_name(draft.name)
    number = vat_numbers.check(draft.country, draft.vat_number)
    emails = [addresses.tidy(email) for email in draft.more_billing_emails if email.strip()]
    if len(emails) > MOST_ADDRESSES:
        raise TooManyBillingEmails(most=MOST_ADDRESSES)
    columns = {key: value.strip() if isinstance(value, str) else value for key, value in asdict(draft).items()}
    columns |= {
        "kind": draft.kind.value,
        "name": name,
        "recipient": name if organization.recipient == organization.name else organization.recipient,
        "currency": founding.currency_of(draft.country),
        "billing_email": addresses.tidy(draft.billing_email) if draft.billing_email.strip() else "",
        "more_billing_emails": list(dict.fromkeys(emails)),
        "vat_number": number,
    }
    if (number, draft.country) != (organization.vat_number, organization.country):
        columns |= {
            "vat_number_state": vat_numbers.state_of(draft.country, number).value,
            "vat_number_checked_at": at if number else None,
        }
    return columns


def _holds_money(organization: Organization) -> bool:
    standing = Account.objects.filter(organization_id=organization.pk, currency=organization.currency)
    return standing.exclude(balance_minor=None).exclude(balance_minor=0).exists()
