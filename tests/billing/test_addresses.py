from __future__ import annotations

from datetime import timedelta

import pytest

from plancia.audit import trail
from plancia.billing import addresses
from plancia.billing.addresses import Draft
from plancia.billing.models import Address
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.organizations import vat_numbers
from plancia.organizations.models import Organization
from plancia.wallet import prepaid
from tests import racing
from tests.billing.conftest import AT, bill, money_in

HAMBURG = Draft(
    recipient="Nordlicht GmbH",
    street="Hafenstraße",
    postcode="20457",
    city="Hamburg",
    country="DE",
    vat_number="DE136695976",
)
BERN = Draft(recipient="Lina Ferrari, Studio", postcode="3011", city="Bern", country="CH")


def add(organization: Organization, draft: Draft) -> Address:
    return addresses.add(organization_id=organization.pk, draft=draft, actor=SYSTEM, at=AT)


def use(organization: Organization, row: Address) -> Address:
    return addresses.use(organization_id=organization.pk, address=row.public_id, actor=SYSTEM, at=AT)


def test_the_organizations_own_address_opens_the_book(lina):
    book = addresses.book(lina)

    assert (book.used.recipient, book.used.city, book.used_id, book.others) == ("Lina Ferrari", "Lugano", "", [])


def test_an_address_that_is_chosen_stands_on_invoices_from_then_on(lina):
    before = bill(lina)
    row = add(lina, BERN)
    assert addresses.book(lina).others == [row]

    use(lina, row)
    use(lina, row)

    lina.refresh_from_db()
    after = bill(lina)
    before.refresh_from_db()
    assert (before.buyer["city"], after.buyer["city"]) == ("Lugano", "Bern")
    assert [one.city for one in addresses.book(lina).others] == ["Lugano"]
    assert Address.objects.filter(is_used=True).count() == 1
    assert trail.check(lina.pk) == []


def test_an_address_abroad_brings_its_tax_and_its_currency(lina):
    lina.kind = "company"
    lina.save()

    use(lina, add(lina, HAMBURG))

    lina.refresh_from_db()
    assert (lina.currency, lina.vat_number, lina.vat_number_state) == ("EUR", "DE136695976", "valid")
    assert bill(lina).taxes[0]["category"] == "AE"


def test_money_in_another_currency_keeps_the_address_out(lina):
    row = add(lina, HAMBURG)
    payment = money_in(lina, Money(1_000, "CHF"))
    prepaid.keep(organization_id=lina.pk, amount=Money(1_000, "CHF"), reference=f"{payment.public_id}:kept", at=AT)

    with pytest.raises(addresses.CurrencyWouldChange, match="CHF"):
        use(lina, row)

    lina.refresh_from_db()
    assert (lina.country, lina.currency) == ("CH", "CHF")


def test_changing_the_address_in_use_changes_what_invoices_carry(lina):
    addresses.change(organization_id=lina.pk, address="", draft=BERN, actor=SYSTEM, at=AT)

    lina.refresh_from_db()
    assert (lina.city, lina.recipient) == ("Bern", "Lina Ferrari, Studio")
    assert addresses.book(lina).used == BERN
    assert bill(lina).buyer["recipient"] == "Lina Ferrari, Studio"


def test_a_number_that_stays_keeps_what_the_register_said(lina):
    lina.kind, lina.country, lina.currency = "company", "DE", "EUR"
    lina.vat_number, lina.vat_number_state, lina.vat_number_checked_at = "DE136695976", "invalid", AT
    lina.save()

    addresses.change(organization_id=lina.pk, address="", draft=HAMBURG, actor=SYSTEM, at=AT + timedelta(days=1))

    lina.refresh_from_db()
    assert lina.vat_number_state == "invalid"


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"recipient": "  "}, addresses.RecipientMissing),
        ({"vat_number": "DE136695977"}, vat_numbers.VatNumberRefused),
        ({"tax_code": "RSSMRA85T10A562X"}, addresses.TaxCodeRefused),
        ({"tax_code": "00743110158"}, addresses.TaxCodeRefused),
        ({"sdi_code": "ABC-123"}, addresses.SdiCodeRefused),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(lina, values, refusal):
    draft = Draft(**{"recipient": "Somebody", "country": "DE", **values})

    with pytest.raises(refusal):
        add(lina, draft)

    assert not Address.objects.exists()


def test_italian_codes_are_kept_as_italy_writes_them(lina):
    row = add(lina, Draft(recipient="Marco", country="IT", tax_code="rssmra85t10a562s", sdi_code="abc1234"))

    assert (row.tax_code, row.sdi_code) == ("RSSMRA85T10A562S", "ABC1234")


def test_the_address_in_use_stays_in_the_book(lina):
    row = add(lina, BERN)
    use(lina, row)

    with pytest.raises(addresses.AddressInUse):
        addresses.remove(organization_id=lina.pk, address=row.public_id, actor=SYSTEM, at=AT)

    (other,) = addresses.book(lina).others
    addresses.remove(organization_id=lina.pk, address=other.public_id, actor=SYSTEM, at=AT)
    assert addresses.book(lina).others == []


def test_of_many_that_choose_at_once_one_is_in_use(lina):
    rows = [add(lina, Draft(recipient=f"Office {place}", country="CH")) for place in range(4)]

    def choose(place: int) -> None:
        with transaction.as_staff():
            use(lina, rows[place])

    assert racing.at_once(4, choose) == ["done"] * 4

    used = Address.objects.get(is_used=True)
    lina.refresh_from_db()
    assert used.recipient == lina.recipient


def test_a_reference_of_a_product_is_kept_changed_and_taken_back(lina):
    for text, kept in [("  KST   4711 ", "KST 4711"), ("PO 9", "PO 9"), ("", ""), ("", "")]:
        addresses.name_product(organization_id=lina.pk, subject="sub_1", text=text, actor=SYSTEM, at=AT)
        assert addresses.reference_of(lina.pk, "sub_1") == kept
