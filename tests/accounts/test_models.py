from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.db.utils import IntegrityError

from plancia.accounts.models import User
from plancia.kernel import transaction
from tests.people import MORNING, person


def test_an_operators_user_has_a_proven_address(db):
    ada = person("Ada@Example.com")

    address = EmailAddress.objects.get(user=ada)

    assert ada.email == address.email == "ada@example.com"
    assert (address.verified, address.primary) == (True, True)


def test_an_address_signs_in_one_person_however_it_is_written(db):
    person("ada@example.com")

    with pytest.raises(IntegrityError, match="user_email_once"), transaction.atomic():
        User.objects.create(email="ADA@example.com", joined_at=MORNING)


@pytest.mark.parametrize(
    ("first", "last", "name", "initials"),
    [("Ada", "Bianchi", "Ada Bianchi", "AB"), ("", "", "x@example.com", "X"), ("Ada", "", "Ada", "A")],
)
def test_a_person_is_called_by_her_name_else_by_her_address(first, last, name, initials):
    user = User(email="x@example.com", first_name=first, last_name=last)

    assert (user.name, user.initials) == (name, initials)
