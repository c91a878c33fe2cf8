from __future__ import annotations

import pytest
from django.utils import translation

from plancia.catalog import choices, reading, sample
from plancia.catalog.models import Plan, ProductType


@pytest.fixture(scope="module")
def offers():
    """The sample's types and plans as rows, without a database."""
    found = {}
    for entry in reading.read(sample.directory()).types:
        kind = ProductType(code=entry.code, names=entry.names, settings=[dict(setting) for setting in entry.settings])
        for plan in entry.plans:
            found[plan.code] = (kind, Plan(code=plan.code, specification=plan.specification, product_type=kind))
    return found


def refused(offer, given) -> choices.ChoiceRefused:
    with pytest.raises(choices.ChoiceRefused) as caught:
        choices.validate(*offer, given)
    return caught.value


def test_a_domain_is_kept_in_ascii_and_shown_in_its_letters(offers):
    kind, plan = offers["domain-ch"]

    kept = choices.validate(kind, plan, {"domain": " Zürich.ch "})

    assert kept == {"domain": "xn--zrich-kva.ch"}
    assert choices.display_name(kind, kept, "x") == "zürich.ch"


def test_a_domain_with_an_ending_of_another_plan_is_refused_at_its_field(offers):
    refusal = refused(offers["domain-ch"], {"domain": "aurora.com"})

    assert (refusal.field, refusal.code) == ("domain", "domain_ending_not_sold")
    assert "“.ch”" in str(refusal)


def test_a_hosted_domain_may_have_any_ending(offers):
    assert choices.validate(*offers["web-hosting-start"], {"domain": "aurora.co.uk"}) == {"domain": "aurora.co.uk"}


@pytest.mark.parametrize("text", ["", "aurora", "a b.ch", "aurora.ch.", "😀.ch", "раураl.ch", "x" * 64 + ".ch", "ch"])
def test_a_bad_domain_is_refused_at_its_field(offers, text):
    assert refused(offers["domain-ch"], {"domain": text}).field == "domain"


def test_a_refusal_speaks_the_readers_language(offers):
    with translation.override("it"):
        refusal = refused(offers["domain-ch"], {})

    assert str(refusal) == "«Nome di dominio» è obbligatorio."
    assert refusal.code == "choice_missing"


def test_what_may_be_left_out_is_left_out_and_defaults_are_filled_in(offers):
    kept = choices.validate(*offers["vps-s"], {"hostname": "  ", "location": "milan"})

    assert kept == {"system": "debian-13", "location": "milan"}


@pytest.mark.parametrize("value", ["paris", "Milan", "<script>"])
def test_only_options_can_be_selected(offers, value):
    refusal = refused(offers["vps-s"], {"location": value})

    assert (refusal.field, refusal.code) == ("location", "option_unknown")


def test_a_hostname_may_stand_below_a_domain(offers):
    assert choices.validate(*offers["ssl-domain"], {"hostname": "www.aurora.ch"}) == {"hostname": "www.aurora.ch"}
    assert refused(offers["ssl-domain"], {"hostname": "www.aurora"}).field == "hostname"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "number_out_of_range"),
        ("201", "number_out_of_range"),
        *((text, "number_refused") for text in ("-1", "1.5", "٣", "9" * 30, "ten")),
    ],
)
def test_numbers_are_whole_and_within_bounds(offers, text, code):
    refusal = refused(offers["cloud-backup-500"], {"devices": text, "location": "zurich"})

    assert (refusal.field, refusal.code) == ("devices", code)


def test_a_number_is_kept_as_a_number(offers):
    assert choices.validate(*offers["cloud-backup-500"], {"devices": "200"})["devices"] == 200


@pytest.mark.parametrize("text", ["x" * 61, "a\nb", "a\x00b", "a\u202eb"])
def test_texts_have_a_length_and_no_invisible_characters(offers, text):
    assert refused(offers["audio-streaming-100"], {"station": text}).field == "station"


@pytest.mark.parametrize("text", ["Radio 😀", "راديو", "<script>alert(1)</script>"])
def test_texts_may_be_in_any_letters(offers, text):
    kind, plan = offers["audio-streaming-100"]

    kept = choices.validate(kind, plan, {"station": text})

    assert choices.display_name(kind, kept, "x") == text


def test_an_address_is_shown_with_its_domain(offers):
    kind, plan = offers["free-mailbox"]

    kept = choices.validate(kind, plan, {"address": "Anna.Rossi"})

    assert kept == {"address": "anna.rossi"}
    assert choices.display_name(kind, kept, "x") == "anna.rossi@mail.example"


@pytest.mark.parametrize("text", ["anna@x.ch", "a..b", ".a", "a.", "ànna", "a b", "x" * 65, "postmaster", "a😀"])
def test_a_bad_address_is_refused(offers, text):
    refusal = refused(offers["free-mailbox"], {"address": text})

    assert (refusal.field, refusal.code) == ("address", "address_refused")


def test_a_setting_that_the_type_does_not_have_is_refused(offers):
    assert refused(offers["domain-ch"], {"domain": "aurora.ch", "size": "9"}).code == "choice_unknown"


def test_a_product_without_a_naming_choice_is_called_as_told(offers):
    kind, plan = offers["nas-2"]

    kept = choices.validate(kind, plan, {})

    assert choices.display_name(kind, kept, "NAS 2") == "NAS 2"


def test_choices_are_described_in_the_readers_language(offers):
    kind, plan = offers["vps-s"]
    kept = choices.validate(kind, plan, {"location": "zurich", "hostname": "one.zürich.ch"})

    with translation.override("de"):
        described = choices.described(kind, kept)

    assert described == [
        ("Betriebssystem", "Debian 13"),
        ("Rechenzentrum", "Zürich"),
        ("Servername", "one.zürich.ch"),
    ]
