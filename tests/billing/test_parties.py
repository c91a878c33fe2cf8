from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from plancia.billing import parties
from plancia.billing.parties import Party, Seller

GOOD = parties.BUNDLED.read_text(encoding="utf-8")


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "provider.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_bundled_provider_is_complete(seller: Seller):
    assert (seller.name, seller.country, seller.iban) == ("Alpina Hosting SA", "CH", "CH9300762011623852957")
    assert seller.takes_qr_bills
    assert seller.recipient == seller.name


def test_a_party_survives_being_kept(seller: Seller):
    buyer = Party(name="Aurora Srl", country="IT", kind="company", vat_number="IT00743110157")

    assert Party.from_json(buyer.as_json) == buyer
    assert Seller.from_json(seller.as_json) == seller
    assert Party.from_json({"name": "Aurora Srl", "country": "IT", "of_another_version": "x"}).name == "Aurora Srl"


def test_an_organization_is_the_buyer_with_its_billing_address(lina):
    buyer = parties.buyer(lina)

    assert (buyer.recipient, buyer.street, buyer.house_number, buyer.city) == (
        "Lina Ferrari",
        "Via Nassa",
        "12",
        "Lugano",
    )
    assert (buyer.kind, buyer.country, buyer.email) == ("person", "CH", "lina@example.ch")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "Alpina Hosting SA"', "", "name: is missing"),
        ('name = "Alpina Hosting SA"', "name = 7", "name: is text"),
        ('country = "CH"', 'country = "Switzerland"', "country: is two capital letters"),
        ("CHE-123.456.788 TVA", "CHE-123.456.789 TVA", "vat_number: “CHE-123.456.789 TVA”"),
        ("EU250004218", "EU999004218", "oss_number: “EU999004218”"),
        ('oss_number = "EU250004218"', "", "oss_number: is missing"),
        ("CH93 0076 2011 6238 5295 7", "CH93 0076 2011 6238 5295 8", "bank.iban: “CH93 0076 2011 6238 5295 8”"),
        ("CH93 0076 2011 6238 5295 7", "CH44 3199 9123 0008 8901 2", "bank.iban: is a QR-IBAN"),
        ('accent = "#1d5c8f"', 'accent = "blue"', "accent: “blue”"),
        ('email = "', 'mail = "x"\nemail = "', "mail: is not known"),
        ('city = "Genève"', f'city = "{"x" * 36}"', "city: is longer than 35"),
    ],
)
def test_a_wrong_provider_file_says_what_is_wrong(tmp_path: Path, old: str, new: str, complaint: str):
    file = written(tmp_path, GOOD.replace(old, new))

    with pytest.raises(ImproperlyConfigured, match=r"provider\.toml") as refused:
        parties.read(file)

    assert complaint in str(refused.value)


def test_all_errors_are_told_at_once(tmp_path: Path):
    with pytest.raises(ImproperlyConfigured) as refused:
        parties.read(written(tmp_path, 'name = "Alpina"\nphone = 1'))

    assert len(str(refused.value).splitlines()) >= 8


@pytest.mark.parametrize("text", ["name = ", "\x00"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str):
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        parties.read(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ImproperlyConfigured, match="nowhere"):
        parties.read(tmp_path / "nowhere.toml")


def test_an_account_abroad_is_allowed_but_takes_no_qr_bills(tmp_path: Path):
    text = GOOD.replace("CH93 0076 2011 6238 5295 7", "DE89 3704 0044 0532 0130 00")

    assert not parties.read(written(tmp_path, text)).takes_qr_bills
