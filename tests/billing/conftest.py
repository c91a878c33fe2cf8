from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest

from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.billing.parties import Seller
from plancia.kernel import ids
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.payments import transfers
from plancia.payments.models import Payment

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = date(2026, 4, 1)
#: Of a package above that does not exist: billing knows no purposes but its own.
PURPOSE = "pur_01k00000000000000000000000"

_bank_references = count(1)

Found = Callable[..., Organization]


def draft(net: int = 10_000, currency: str = "CHF", description: str = "Web hosting", **values: Any) -> LineDraft:
    """One line over `net` minor units."""
    money = Money(net, currency)
    return LineDraft(**{"description": description, "quantity": 1, "unit_price": money, "net": money, **values})


def bill(organization: Organization, *lines: LineDraft, **values: Any) -> Invoice:
    """Issue an invoice over `lines`, or over one of 100.00."""
    return issuing.issue(
        **{
            "organization_id": organization.pk,
            "lines": lines or [draft(currency=organization.currency)],
            "purpose": PURPOSE,
            "buyer": parties.buyer(organization),
            "currency": organization.currency,
            "language": organization.language,
            "due_on": DUE,
            "at": AT,
            "actor": SYSTEM,
            **values,
        }
    )


def money_in(organization: Organization, amount: Money, purpose: str = "", at: datetime = AT) -> Payment:
    """Let a transfer come in, which pays for nothing yet unless `purpose` names it."""
    return transfers.record(
        organization_id=organization.pk,
        purpose=purpose or PURPOSE,
        amount=amount,
        bank_reference=f"bank {next(_bank_references)}",
        actor=SYSTEM,
        at=at,
    )


@pytest.fixture
def seller() -> Seller:
    return parties.read(parties.BUNDLED)


@pytest.fixture
def found(staff: None) -> Found:
    """Makes an organization: by default a person in Lugano who pays in francs and reads Italian."""

    def organization(**values: Any) -> Organization:
        return Organization.objects.create(
            **{
                "pk": ids.new(),
                "name": "Lina Ferrari",
                "recipient": "Lina Ferrari",
                "kind": "person",
                "currency": "CHF",
                "language": "it",
                "street": "Via Nassa",
                "house_number": "12",
                "postcode": "6900",
                "city": "Lugano",
                "country": "CH",
                "billing_email": "lina@example.ch",
                "created_at": AT,
                **values,
            }
        )

    return organization


@pytest.fixture
def lina(found: Found) -> Organization:
    return found()


@pytest.fixture
def cast(found: Found) -> dict[str, Organization]:
    """The five kinds of buyer that tax knows."""
    return {
        "swiss person": found(),
        "italian person": found(
            name="Marco Rossi",
            recipient="Marco Rossi",
            currency="EUR",
            street="Via Dante",
            postcode="20121",
            city="Milano",
            country="IT",
        ),
        "german company": found(
            name="Nordlicht GmbH",
            recipient="Nordlicht GmbH",
            kind="company",
            currency="EUR",
            language="de",
            street="Hafenstraße",
            postcode="20457",
            city="Hamburg",
            country="DE",
            vat_number="DE136695976",
            vat_number_state="valid",
        ),
        "american company": found(
            name="Prairie Inc.",
            recipient="Prairie Inc.",
            kind="company",
            currency="EUR",
            language="en",
            street="Main Street",
            postcode="60601",
            city="Chicago",
            country="US",
        ),
        "french association": found(
            name="Les Amis du Lac",
            recipient="Les Amis du Lac",
            kind="association",
            currency="EUR",
            language="fr",
            street="Quai de l’Île",
            postcode="74000",
            city="Annecy",
            country="FR",
        ),
    }
