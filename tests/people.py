"""A small cast: people and organizations with names and characters, made through the use cases."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime

from django.contrib.auth.hashers import Argon2PasswordHasher

from plancia.accounts.models import User
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import founding, membership
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Role
from plancia.organizations.states import Kind


class QuickHasher(Argon2PasswordHasher):
    """Argon2 as in production, at the least cost that it allows: most tests are about something else."""

    time_cost, memory_cost, parallelism = 1, 8, 1


MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "a long way to Bellinzona"


def person(email: str, first_name: str = "Ada", last_name: str = "Bianchi", **fields: object) -> User:
    """Make a user who confirmed the address and signs in with `PASSWORD`; as staff, who alone may make staff."""
    with transaction.as_staff() if fields.get("is_staff") else nullcontext():
        return User.objects.create_user(
            email, PASSWORD, first_name=first_name, last_name=last_name, joined_at=MORNING, **fields
        )


def aurora(owner: User, **fields: object) -> Organization:
    """Found Aurora Srl, a company in Milan that pays on time, as staff."""
    return company(owner, "Aurora Srl", country="IT", city="Milano", postcode="20121", street="Via Dante", **fields)


def borea(owner: User, **fields: object) -> Organization:
    """Found Borea AG, a company in Zurich that Aurora must never see, as staff."""
    return company(owner, "Borea AG", country="CH", city="Zürich", postcode="8001", street="Bahnhofstrasse", **fields)


def company(owner: User, name: str, **fields: object) -> Organization:
    """Found a company, as staff."""
    with transaction.as_staff():
        return founding.found(
            user=owner, kind=Kind.COMPANY, legal_name=name, language="it", actor=SYSTEM, at=MORNING, **fields
        )


def member(organization: Organization, user: User, role: Role, *, has_billing: bool = False) -> Membership:
    """Let a user join, as staff."""
    with transaction.as_staff():
        return membership.add(
            organization_id=organization.pk, user=user, role=role, has_billing=has_billing, actor=SYSTEM, at=MORNING
        )
