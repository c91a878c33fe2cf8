from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from plancia.billing import references


def test_a_reference_carries_the_number_and_its_check_digits():
    reference = references.for_invoice("2026-000042")

    assert reference[:2] == "RF"
    assert reference.endswith("R2026000042")
    assert iso11649.is_valid(reference)


def test_an_order_and_an_invoice_of_one_number_have_different_references():
    assert references.for_order("2026-000042") != references.for_invoice("2026-000042")


def test_what_people_type_is_read_back():
    reference = references.for_order("2026-000042")

    assert references.read(references.printed(reference).lower()) == reference
    assert references.read(reference[:-1] + "3") is None
    assert references.read("a payment") is None


@pytest.mark.parametrize("number", ["", "–", "1" * 21])
def test_a_number_that_fits_no_reference_is_a_defect(number: str):
    with pytest.raises(ValueError, match="does not fit"):
        references.for_invoice(number)


_NUMBERS = st.builds(
    "{}{}-{:0{}}".format,
    st.sampled_from(["", *"ABCZ"]),
    st.integers(2000, 2099),
    st.integers(0, 999_999_999),
    st.integers(6, 9),
)


@given(_NUMBERS)
def test_every_number_makes_a_valid_reference(number: str):
    assert iso11649.is_valid(references.for_invoice(number))
    assert iso11649.is_valid(references.for_order(number))
