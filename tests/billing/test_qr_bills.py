from __future__ import annotations

import dataclasses

import pytest

from plancia.billing import qr_bills, references
from plancia.billing.parties import Party, Seller
from plancia.kernel.money import Money

REFERENCE = references.for_invoice("2026-000042")
LINA = Party(
    name="Lina",
    recipient="Lina Ferrari",
    street="Via Nassa",
    postcode="6900",
    city="Lugano",
    country="CH",
    kind="person",
)


def facts(seller: Seller, **values):
    return qr_bills.facts(
        **{
            "seller": seller,
            "buyer": LINA,
            "amount": Money(194_975, "CHF"),
            "reference": REFERENCE,
            "message": "2026-000042",
            "language": "it",
            **values,
        }
    )


@pytest.mark.parametrize("currency", ["CHF", "EUR"])
def test_the_payment_part_says_who_gets_what(seller: Seller, currency: str):
    slip = facts(seller, amount=Money(194_975, currency))

    assert (slip["amount"], slip["currency"]) == ("1 949.75", currency)
    assert slip["payable_to"][:2] == ["CH93 0076 2011 6238 5295 7", "Alpina Hosting SA"]
    assert slip["payable_by"] == ["Lina Ferrari", "Via Nassa", "CH-6900 Lugano"]
    assert slip["labels"]["Payment part"] == "Sezione pagamento"


@pytest.mark.parametrize(("language", "title"), [("de", "Zahlteil"), ("en", "Payment part"), ("es", "Payment part")])
def test_it_speaks_the_languages_of_the_standard(seller: Seller, language: str, title: str):
    assert facts(seller, language=language)["labels"]["Payment part"] == title


@pytest.mark.parametrize("amount", [Money(0, "CHF"), Money(1000, "USD"), Money(100_000_000_000, "CHF")])
def test_what_the_standard_does_not_know_has_no_payment_part(seller: Seller, amount: Money):
    assert facts(seller, amount=amount) is None


def test_an_account_abroad_has_no_payment_part(seller: Seller):
    assert facts(dataclasses.replace(seller, iban="DE89370400440532013000")) is None


def test_a_buyer_without_whole_address_is_left_to_be_written_by_hand(seller: Seller):
    assert facts(seller, buyer=dataclasses.replace(LINA, city=""))["payable_by"] == []
    assert facts(seller, buyer=dataclasses.replace(LINA, recipient="🎉"))["payable_by"] == []


def test_long_and_foreign_text_is_made_to_fit(seller: Seller):
    buyer = dataclasses.replace(LINA, recipient="A🎉 " + "x" * 500, street="שלום s", city="L" * 99)

    name, street, *town = facts(seller, buyer=buyer)["payable_by"]

    assert name == "A " + "x" * 68
    assert street == "s"
    assert "".join(town).replace(" ", "") == "CH-6900" + "L" * 35
