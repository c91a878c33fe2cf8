"""References: what a customer's bank sends back to us, so that we know what was paid. Source: ISO 11649."""

from __future__ import annotations

from stdnum import iso11649
from stdnum.ch import esr
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

# 25 characters, of which four are "RF" and the check digits. Source: ISO 11649, section 5.
_LONGEST = 21
# Source: SIX, Swiss Implementation Guidelines QR-bill 2.3, section 2.5.
_QR_DIGITS = 26


def for_order(number: str) -> str:
    """Return the creditor reference of an order. Raises: ValueError, where the number is too long for one."""
    return _reference("B" + _plain(number))


def for_invoice(number: str) -> str:
    """Return the creditor reference of an invoice. Raises: ValueError, where the number is too long for one."""
    return _reference("R" + _plain(number))


def for_qr_iban(number: str) -> str:
    """
    Return the QR reference of an invoice, for accounts with a QR-IBAN: 26 digits and their check digit.

    Letters of the number become their place in the alphabet, in two digits.

    Raises: ValueError, where the number is too long for one.
    Source: SIX, Swiss Implementation Guidelines QR-bill 2.3, section 2.5.
    """
    digits = "".join(one if one.isdigit() else f"{ord(one) - ord('A') + 1:02}" for one in _plain(number))
    if not digits or len(digits) > _QR_DIGITS:
        raise ValueError(f"{number} does not fit into a QR reference")
    body = digits.zfill(_QR_DIGITS)
    return body + str(esr.calc_check_digit(body))


def for_selection(digits: str) -> str:
    """Return the creditor reference of what a customer chose to pay at once, from the last digits of its key."""
    return _reference("S" + _plain(digits)[-16:])


def printed(reference: str) -> str:
    """Return a reference as people read it, in groups of four. Source: ISO 11649, section 5."""
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))


def printed_qr(reference: str) -> str:
    """Return a QR reference as people read it. Source: SIX, Implementation Guidelines QR-bill 2.3, section 3.6.2."""
    first = len(reference) % 5
    groups = [reference[:first], *(reference[start : start + 5] for start in range(first, len(reference), 5))]
    return " ".join(group for group in groups if group)


def read(text: str) -> str | None:
    """Return the reference that somebody typed, without spaces; None where the check digits are wrong."""
    try:
        return str(iso11649.validate(text))
    except ValidationError:
        return None


def _plain(number: str) -> str:
    return "".join(character for character in number.upper() if character.isascii() and character.isalnum())


def _reference(body: str) -> str:
    if not 1 < len(body) <= _LONGEST:
        raise ValueError(f"{body} does not fit into a creditor reference")
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"
