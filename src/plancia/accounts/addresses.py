"""Addresses: which e-mail addresses we can write to, and in which form they are kept."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from plancia.kernel.refusals import Refusal

#: Longest that a mail server must take. Source: RFC 5321, 4.5.3.1.3, erratum 1690.
LONGEST = 254


class Purpose(StrEnum):
    """What an address is proven for."""

    LOGIN = "login"
    RECOVERY = "recovery"


class AddressUndeliverable(Refusal):
    """No mail server can be found for such an address, or none would take it."""

    code = "address_undeliverable"
    sentence = _("Mail cannot be delivered to this address. Please look for a typing mistake.")
    field = "email"


#: Names that never lead anywhere. Source: RFC 2606, RFC 6761, RFC 6762.
_NOWHERE = ("invalid", "localhost", "local", "onion")
_check = EmailValidator(allowlist=[])


def tidy(text: str) -> str:
    """
    Return an address as we keep it: in small letters, the host in the form that the DNS knows.

    A plus sign is a part of the address: `ada+shop@…` is another one than `ada@…`.

    Raises: AddressUndeliverable.
    Source: RFC 5321; RFC 5891 (the host); mail to names beyond ASCII (RFC 6531) is refused by too many servers.
    """
    local, _at, host = text.strip().rpartition("@")
    try:
        host = host.encode("idna").decode()
        address = f"{local}@{host}".lower()
        address.encode("ascii")
        _check(address)
    except (UnicodeError, ValidationError):
        raise AddressUndeliverable() from None
    if len(address) > LONGEST or host.rpartition(".")[2] in _NOWHERE:
        raise AddressUndeliverable()
    return address


def belongs_to(user_id: UUID, email: str) -> bool:
    """Say whether `email` is an address of the user's that was proven."""
    from allauth.account.models import EmailAddress

    return bool(EmailAddress.objects.filter(user_id=user_id, email__iexact=email, verified=True).exists())
