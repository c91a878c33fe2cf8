from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.catalog import domain_names


@pytest.mark.parametrize(
    ("text", "kept", "shown"),
    [
        ("aurora.ch", "aurora.ch", "aurora.ch"),
        ("  Aurora.CH ", "aurora.ch", "aurora.ch"),
        ("zürich.ch", "xn--zrich-kva.ch", "zürich.ch"),
        ("ZU\u0308RICH.ch", "xn--zrich-kva.ch", "zürich.ch"),
        ("XN--ZRICH-KVA.ch", "xn--zrich-kva.ch", "zürich.ch"),
        ("straße.de", "xn--strae-oqa.de", "straße.de"),
        ("aurora.co.uk", "aurora.co.uk", "aurora.co.uk"),
        ("日本語。jp", "xn--wgv71a119e.jp", "日本語.jp"),
        ("правда.рф", "xn--80aafi6cg.xn--p1ai", "правда.рф"),
        ("اختبار.com", "xn--mgbachtv.com", "اختبار.com"),
        ("x" * 63 + ".ch", "x" * 63 + ".ch", "x" * 63 + ".ch"),
    ],
)
def test_a_name_is_kept_in_ascii_and_shown_in_its_letters(text, kept, shown):
    assert domain_names.parse_registrable(text) == kept
    assert domain_names.show(kept) == shown


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "domain_empty"),
        ("   ", "domain_empty"),
        ("aurora", "domain_without_dot"),
        ("a b.ch", "domain_has_spaces"),
        ("aurora.ch.", "domain_ends_with_dot"),
        (".ch", "domain_has_empty_part"),
        ("a..ch", "domain_has_empty_part"),
        ("...", "domain_has_empty_part"),
        ("x" * 64 + ".ch", "domain_part_too_long"),
        ("ü" * 60 + ".ch", "domain_part_too_long"),
        (".".join(["x" * 60] * 5) + ".ch", "domain_too_long"),
        ("x" * 5000, "domain_too_long"),
        ("a_b.ch", "domain_has_bad_character"),
        ("a'b.ch", "domain_has_bad_character"),
        ("a\x00b.ch", "domain_has_bad_character"),
        ("-a.ch", "domain_hyphen_misplaced"),
        ("a-.ch", "domain_hyphen_misplaced"),
        ("ab--cd.ch", "domain_refused"),
        ("a\u200db.ch", "domain_refused"),
        ("xn--9999999999.ch", "domain_refused"),
        ("xn--a-.ch", "domain_refused"),
        ("😀.ch", "domain_has_emoji"),
        ("i❤.ws", "domain_has_emoji"),
        ("xn--ls8h.ch", "domain_has_emoji"),
        ("раураl.com", "domain_mixes_scripts"),
        ("аррӏе.com", "domain_mixes_scripts"),
        ("ρaypal.com", "domain_mixes_scripts"),
        ("https://aurora.ch", "domain_is_address"),
        ("info@aurora.ch", "domain_is_address"),
        ("aurora.ch/shop", "domain_is_address"),
        ("aurora.nosuchending", "domain_ending_unknown"),
        ("192.0.2.1", "domain_ending_unknown"),
        ("co.uk", "domain_is_ending"),
        ("www.aurora.ch", "domain_has_subdomain"),
        ("<script>.ch", "domain_has_emoji"),
    ],
)
def test_a_bad_name_is_refused_with_its_reason(text, code):
    with pytest.raises(domain_names.DomainRefused) as refused:
        domain_names.parse_registrable(text)

    assert refused.value.code == code
    assert str(refused.value)


def test_a_host_may_stand_below_a_domain():
    assert domain_names.parse("www.Zürich.ch") == "www.xn--zrich-kva.ch"


def test_a_network_of_ones_own_may_have_other_endings():
    assert domain_names.parse("mail.example", is_public=False) == "mail.example"


@pytest.mark.parametrize(
    ("text", "is_ending"), [("ch", True), ("co.uk", True), ("aurora.ch", False), ("", False), ("nosuch", False)]
)
def test_public_endings_are_known(text, is_ending):
    assert domain_names.is_public_ending(text) is is_ending


@given(st.text(max_size=80))
def test_any_text_is_either_a_name_that_stays_itself_or_refused(text):
    try:
        name = domain_names.parse(text)
    except domain_names.DomainRefused as refusal:
        assert str(refusal)
        return

    assert name.isascii()
    assert name == name.lower()
    assert domain_names.parse(name) == domain_names.parse(domain_names.show(name)) == name


@given(st.text(alphabet="abzäöüéñçàø0189-", min_size=1, max_size=30))
def test_names_in_latin_letters_survive_the_way_there_and_back(label):
    try:
        name = domain_names.parse(f"{label}.ch")
    except domain_names.DomainRefused:
        return

    assert domain_names.show(name) == f"{label}.ch"
