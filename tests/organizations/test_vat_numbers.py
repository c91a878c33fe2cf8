from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.organizations import vat_numbers
from plancia.organizations.states import VatNumberState


@pytest.mark.parametrize(
    ("country", "written", "expected"),
    [
        ("IT", "00743110157", "IT00743110157"),
        ("IT", "it 0074 3110 157", "IT00743110157"),
        ("DE", "DE 136,695 976", "DE136695976"),
        ("GR", "094259216", "EL094259216"),
        ("GR", "EL 094259216", "EL094259216"),
        ("FR", "Fr 40 303 265 045", "FR40303265045"),
        ("MC", "FR 53 0000 04605", "FR53000004605"),
        ("CH", "che-107.787.577 mwst", "CHE-107.787.577 MWST"),
        ("CH", "CHE107787577", "CHE-107.787.577"),
        ("US", "anything goes", "ANYTHING GOES"),
        ("IT", "   ", ""),
    ],
)
def test_a_number_is_kept_as_its_country_writes_it(country: str, written: str, expected: str):
    assert vat_numbers.check(country, written) == expected


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("IT", "IT00743110158"),  # a wrong check digit
        ("IT", "DE136695976"),  # another country's
        ("CH", "CHE-107.787.578 MWST"),
        ("DE", "DE" + "1" * 40),
        ("FR", "<script>alert(1)</script>"),
        ("ES", "🙂"),
        ("AT", "ATU"),
        ("US", "12\x0034"),
        ("LI", "–––"),
    ],
)
def test_a_number_that_cannot_exist_is_refused(country: str, number: str):
    with pytest.raises(vat_numbers.VatNumberRefused) as refused:
        vat_numbers.check(country, number)

    assert refused.value.field == "vat_number"
    assert len(str(refused.value)) < 200


@given(country=st.sampled_from(["IT", "DE", "FR", "CH", "GR", "NO", "GB", "US", "LI"]), number=st.text(max_size=60))
def test_whatever_is_typed_is_kept_or_refused_and_never_a_defect(country: str, number: str):
    try:
        kept = vat_numbers.check(country, number)
    except vat_numbers.VatNumberRefused:
        return

    assert len(kept) <= 32 and kept.isascii()
    assert vat_numbers.check(country, kept) == kept


@pytest.mark.parametrize(
    ("country", "number", "state"),
    [
        ("IT", "IT00743110157", VatNumberState.VALID),
        ("CH", "CHE-107.787.577", VatNumberState.VALID),
        ("US", "12-3456789", VatNumberState.UNVERIFIED),
        ("IT", "", VatNumberState.NONE),
    ],
)
def test_the_state_says_what_was_shown(country: str, number: str, state: VatNumberState):
    assert vat_numbers.state_of(country, number) is state
