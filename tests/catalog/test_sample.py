from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from plancia.catalog import reading, sample

#: The types of SPEC 3.1.
TYPES = {
    "audio-streaming",
    "cloud-backup",
    "cloud-server",
    "custom-brand",
    "domain-name",
    "drive",
    "email-service",
    "free-mailbox",
    "guest-manager",
    "media-on-demand",
    "nas",
    "newsletter",
    "office-suite",
    "paas",
    "personal-mail",
    "site-builder",
    "ssl-certificate",
    "video-streaming",
    "vps",
    "web-hosting",
}


@pytest.fixture(scope="module")
def catalogue():
    return reading.read(sample.directory())


def test_the_sample_has_every_type(catalogue):
    assert {entry.code for entry in catalogue.types} == TYPES


def test_every_type_has_several_plans_except_the_free_mailbox(catalogue):
    assert [entry.code for entry in catalogue.types if len(entry.plans) < 2] == ["free-mailbox"]


def test_every_ending_is_a_plan_of_its_own(catalogue):
    [domains] = [entry for entry in catalogue.types if entry.code == "domain-name"]

    assert [plan.names["en"] for plan in domains.plans] == [
        ".ch",
        ".li",
        ".it",
        ".com",
        ".de",
        ".fr",
        ".es",
        ".eu",
        ".org",
        ".net",
    ]


def test_a_longer_term_costs_less_a_month(catalogue):
    for entry in catalogue.types:
        for plan in entry.plans:
            for currency in ("CHF", "EUR"):
                prices = [price for price in plan.prices if price.amount.currency == currency]
                a_month = [Fraction(price.amount.minor, price.months) for price in prices]
                assert a_month == sorted(set(a_month), reverse=True), (plan.code, currency)


def test_only_the_free_mailbox_costs_nothing(catalogue):
    free = {entry.code for entry in catalogue.types for plan in entry.plans if not all(p.amount for p in plan.prices)}

    assert free == {"free-mailbox"}


def test_names_of_a_types_plans_differ_in_every_language(catalogue):
    for entry in catalogue.types:
        for language in ("it", "en", "fr", "de", "es"):
            assert len({plan.names[language] for plan in entry.plans}) == len(entry.plans), entry.code


def test_the_example_of_the_documentation_is_a_catalogue():
    directory = Path(__file__).parents[2] / "docs/examples/catalogue"

    [hosting] = reading.read(directory).types

    assert [setting["key"] for setting in hosting.settings] == ["domain", "location"]
