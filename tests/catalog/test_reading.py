from __future__ import annotations

from pathlib import Path

import pytest

from plancia.catalog import reading
from plancia.catalog.catalogue import CatalogRefused
from plancia.kernel.money import Money
from tests.catalog import files


def test_a_whole_catalogue_is_read(tmp_path):
    catalogue = files.small(tmp_path)

    [hosting, mail] = catalogue.types
    [pro] = hosting.plans
    assert [category.code for category in catalogue.categories] == ["web"]
    assert (hosting.code, hosting.category, hosting.driver, mail.code) == ("hosting", "web", "rehearsal", "mail")
    assert pro.specification == {"disk_gb": 20, "locations": ["zurich", "milan"], "is_fast": True}
    assert [(price.months, price.amount) for price in pro.prices] == [
        (1, Money(690, "CHF")),
        (12, Money(6900, "CHF")),
        (1, Money(650, "EUR")),
        (12, Money(6500, "EUR")),
    ]


def test_files_in_folders_are_read_too(tmp_path):
    files.write(tmp_path)
    (tmp_path / "more").mkdir()
    (tmp_path / "mail.toml").rename(tmp_path / "more" / "mail.toml")

    assert len(reading.read(tmp_path, drivers={"rehearsal"}).types) == 2


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('12 = "69.00"', '12 = "-69.00"', "plans.pro.prices.CHF.12", "must not be negative"),
        ('12 = "69.00"', '12 = "69.005"', "plans.pro.prices.CHF.12", "is too fine: CHF has 2 decimals"),
        ('12 = "69.00"', "12 = 69.00", "plans.pro.prices.CHF.12", 'must be an amount in quotes, such as "19.90"'),
        ('12 = "69.00"', '12 = "69,00"', "plans.pro.prices.CHF.12", 'is no amount; write it as "19.90"'),
        ('12 = "69.00"', '12 = "9999999999"', "plans.pro.prices.CHF.12", 'is no amount; write it as "19.90"'),
        ('12 = "69.00"', '12 = "٦٩"', "plans.pro.prices.CHF.12", 'is no amount; write it as "19.90"'),
        ('1 = "6.50", ', "", "plans.pro.prices.EUR.1", "is missing: another currency has it"),
        ('EUR = { 1 = "6.50", 12 = "65" }', "EUR = {}", "plans.pro.prices.EUR", "has no price"),
        ('EUR = { 1 = "6.50", 12 = "65" }', 'EUR = "65"', "plans.pro.prices.EUR", "must be a table"),
        (
            'EUR = { 1 = "6.50", 12 = "65" }',
            "",
            "plans.pro.prices.EUR",
            "is missing: every plan has a price in every currency",
        ),
        ("icon", "ikon", "ikon", "is not known here; did you mean “icon”?"),
        ("max_quantity = 3", "max_quantity = 0", "plans.pro.max_quantity", "must be between 1 and 10000"),
        ("max_quantity = 3", "max_quantity = true", "plans.pro.max_quantity", "must be a whole number, without quotes"),
        ("disk_gb = 20", "disk_gb = 2.5", "plans.pro.specification.disk_gb", None),
        ('category = "web"', 'category = "wep"', "category", "names no category of categories.toml"),
        ('driver = "rehearsal"', 'driver = "none"', "driver", None),
        ('icon = "server"', 'icon = "../server"', "icon", "is no icon of lucide.dev"),
        ('code = "hosting"', 'code = "Hosting!"', "code", None),
        ("[plans.pro]", "[plans.Pro]", "plans.Pro", None),
        ('kind = "domain"', 'kind = "domian"', "settings.0.kind", None),
        ('kind = "domain"', 'kind = "select"', "settings.0.options", "is missing"),
        ('kind = "domain"', 'kind = "domain"\nending_from_plan = true', "plans.pro.specification.ending", None),
        ('key = "domain"', 'key = "the domain"', "settings.0.key", None),
        ('"Hosting it"', '"' + "x" * 61 + '"', "names.it", "is too long: 61 characters, at most 60"),
        ('"Hosting it"', '"a\\nb"', "names.it", "has line breaks or control characters"),
        ('"Hosting it"', '"  "', "names.it", "is empty"),
        ('"Hosting it"', "1", "names.it", "must be a text in quotes"),
        ('it = ["a"]', 'it = ["a", "b"]', "plans.pro.features", None),
        ('it = ["a"]', "it = []", "plans.pro.features.it", "must be a list with one or more texts"),
        ('en = "Hosting en", ', "", "names.en", "is missing"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_reason(tmp_path, old, new, key, reason):
    errors = files.spoil(tmp_path, old, new)

    found = {error.key: error for error in errors}
    assert key in found, errors
    assert found[key].file == "hosting.toml"
    assert found[key].reason == reason or (reason is None and found[key].reason)


def test_a_frequency_nobody_sells_is_refused_in_each_currency(tmp_path):
    errors = files.spoil(tmp_path, 'CHF = { 1 = "6.90"', 'CHF = { 6 = "30.00", 1 = "6.90"')

    assert "plans.pro.prices.CHF.6: is no frequency; there are: 1, 3, 12, 24, 36 months" in str(errors[0])


def test_a_currency_of_elsewhere_is_refused(tmp_path):
    [error] = files.spoil(tmp_path, "[plans.pro.prices]", '[plans.pro.prices]\nUSD = { 1 = "7.00" }')

    assert error.key == "plans.pro.prices.USD"


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    spoilt = files.HOSTING.replace('"6.90"', '"-1"').replace('"server"', '"no-icon"')
    files.write(tmp_path, hosting=spoilt, mail=files.MAIL.replace('code = "mail"', ""), broken="code = \n")

    errors = files.mistakes(tmp_path)

    assert {(error.file, error.key) for error in errors} == {
        ("hosting.toml", "plans.pro.prices.CHF.1"),
        ("hosting.toml", "icon"),
        ("mail.toml", "code"),
        ("broken.toml", ""),
    }


def test_broken_toml_is_told_with_its_line(tmp_path):
    files.write(tmp_path, hosting=files.HOSTING.replace('icon = "server"', "icon = server"))

    [error] = files.mistakes(tmp_path)

    assert error.file == "hosting.toml"
    assert "line 5" in error.reason


def test_half_a_file_is_refused(tmp_path):
    files.write(tmp_path, hosting=files.HOSTING[: len(files.HOSTING) // 2])

    assert files.mistakes(tmp_path)


def test_what_cannot_be_read_is_told_with_the_rest(tmp_path):
    files.write(tmp_path)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "deep.toml").write_text("x = " + "[" * 5000)

    told = {error.file: error.reason for error in files.mistakes(tmp_path)}

    assert set(told) == {"folder.toml", "link.toml", "deep.toml"}
    assert all(reason.startswith("cannot be read: ") for reason in told.values())


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path):
    files.write(tmp_path)
    (tmp_path / "mail.toml").write_bytes(b'code = "mail"\nnames = "\xff"\n')

    [error] = files.mistakes(tmp_path)

    assert (error.file, error.reason) == ("mail.toml", "is not UTF-8 text (at line 2)")


def test_the_same_code_in_two_files_is_refused_for_types_and_plans(tmp_path):
    files.write(tmp_path, mail=files.HOSTING)

    errors = files.mistakes(tmp_path)

    assert [(error.file, error.key, error.reason) for error in errors] == [
        ("mail.toml", "code", "is a code that hosting.toml has too"),
        ("mail.toml", "plans.pro", "is a code that hosting.toml has too"),
    ]


def test_a_missing_table_is_one_mistake_not_many(tmp_path):
    files.write(tmp_path, hosting=files.HOSTING.replace("[plans.pro.prices]", "[plans.pro.preise]"))

    errors = files.mistakes(tmp_path)

    assert sorted(error.key for error in errors) == ["plans.pro.preise", "plans.pro.prices"]


def test_a_type_without_a_plan_is_refused(tmp_path):
    files.write(tmp_path, hosting=files.HOSTING.split("[plans.pro]")[0])

    [error] = files.mistakes(tmp_path)

    assert (error.key, error.reason) == ("plans", "is missing")


def test_the_number_setting_needs_sensible_bounds(tmp_path):
    [error] = files.spoil(tmp_path, 'kind = "domain"', 'kind = "number"\nminimum = 9\nmaximum = 3')

    assert (error.key, error.reason) == ("settings.0.maximum", "is below the minimum")


def test_a_select_offers_each_value_once_and_a_default_among_them(tmp_path):
    option = f'[[settings.options]]\nvalue = "a"\nnames = {files.names("A")}\n'
    select = f'kind = "select"\ndefault = "b"\nnames = {files.names("Size")}\n{option}{option}'

    errors = files.spoil(tmp_path, f'kind = "domain"\nnames = {files.names("Domain")}\n', select)

    assert {(error.key, error.reason) for error in errors} == {
        ("settings.0.options.1.value", "is there twice"),
        ("settings.0.default", "is none of the options"),
    }


@pytest.mark.parametrize("missing", ["categories.toml", "everything else", "the directory"])
def test_an_incomplete_directory_is_refused(tmp_path, missing):
    directory: Path = files.write(tmp_path)
    if missing == "categories.toml":
        (directory / missing).unlink()
    elif missing == "everything else":
        (directory / "hosting.toml").unlink()
        (directory / "mail.toml").unlink()
    else:
        directory = tmp_path / "nowhere"

    with pytest.raises(CatalogRefused) as refused:
        reading.read(directory)

    assert refused.value.errors
    assert "Mistakes found" in str(refused.value)
