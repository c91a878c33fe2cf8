"""The provider's own people."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError

from plancia.accounts.models import User
from plancia.accounts.staffing import StaffRole
from plancia.kernel import clock, transaction


class Refused(Exception):
    """They cannot be made so; the message says why."""


def create(*, email: str, password: str, name: str, roles: Sequence[str] = ()) -> User:
    """
    Make somebody who may enter the back office; without roles, she may do everything there.

    Raises: Refused, for a bad address, password or role, or an address that somebody has.
    """
    first_name, _, last_name = name.partition(" ")
    if unknown := set(roles) - set(StaffRole):
        raise Refused(f"No such role: {', '.join(sorted(unknown))}. There are {', '.join(StaffRole)}.")
    try:
        validate_email(email)
        password_validation.validate_password(password, User(email=email, first_name=first_name, last_name=last_name))
        with transaction.as_staff(), transaction.atomic():
            return User.objects.create_user(
                email,
                password,
                first_name=first_name,
                last_name=last_name,
                is_staff=True,
                staff_roles=list(roles) or [StaffRole.ADMIN],
                joined_at=clock.now(),
            )
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    except IntegrityError as error:
        raise Refused(f"Somebody has the address {email} already.") from error
