"""Prints customers with a session and a prepaid account, made through the use cases. Run inside a provider."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402

from plancia.accounts.models import User  # noqa: E402
from plancia.accounts.session_store import SessionStore  # noqa: E402
from plancia.kernel import transaction  # noqa: E402
from plancia.kernel.actors import SYSTEM  # noqa: E402
from plancia.kernel.money import Money  # noqa: E402
from plancia.organizations import founding  # noqa: E402
from plancia.organizations.states import Kind  # noqa: E402
from plancia.outbox import delivery  # noqa: E402
from plancia.payments import transfers  # noqa: E402


def main(number: int, sessions_each: int, prepaid_minor: int) -> None:
    at = datetime.now(UTC)
    customers = []
    with transaction.as_staff():
        for place in range(number):
            user = User.objects.create_user(f"customer{place}@example.com", "a long enough password", joined_at=at)
            organization = founding.found(
                user=user,
                kind=Kind.COMPANY,
                legal_name=f"Customer {place} SA",
                street="Rue du Lac",
                house_number="1",
                postcode="1201",
                city="Genève",
                country="CH",
                billing_email=user.email,
                language="en",
                actor=SYSTEM,
                at=at,
            )
            transfers.record(
                organization_id=organization.pk,
                purpose=f"{organization.public_id}:prepaid",
                amount=Money(prepaid_minor, "CHF"),
                bank_reference=f"TOP-UP-{place}",
                actor=SYSTEM,
                at=at,
            )
            customers += [
                {"organization": organization.public_id, "session": _session(user)} for _ in range(sessions_each)
            ]
        delivery.tell_untold(at=at)
    print(json.dumps(customers))


def _session(user: User) -> str:
    with transaction.as_staff():
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "plancia.accounts.backend.Backend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return str(session.session_key)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
