"""Who reads mail in the demo, and the apps that its people sign in to through the provider."""

from __future__ import annotations

from datetime import datetime, timedelta

from plancia.accounts.models import User
from plancia.demo import cast
from plancia.demo.life import Life
from plancia.federation import registration
from plancia.kernel.actors import SYSTEM
from plancia.mailboxes import domains, keeping, passwords
from plancia.organizations.models import Membership
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState

#: Mailboxes that are nobody's in particular, by language of the organization.
_SHARED = {
    "it": ("info", "fatture"),
    "de": ("info", "buchhaltung"),
    "fr": ("info", "compta"),
    "en": ("info", "billing"),
}
APPS = (
    ("Webmail", "https://mail.demo.example/sign-in/done", True),
    ("Drive", "https://drive.demo.example/sign-in/done", True),
    ("Agenda di squadra", "https://agenda.example/oidc/callback", False),
)


def plan(life: Life, *, start: datetime, end: datetime) -> None:
    """Let the provider register its apps at the beginning, and customers open mailboxes some weeks ago."""
    life.plan(start + timedelta(days=1), _register)
    life.plan(end - timedelta(days=24), _open)


def _register(at: datetime) -> None:
    for name, address, is_ours in APPS:
        registration.register(name=name, redirect_uris=[address], is_ours=is_ours)


def _open(at: datetime) -> None:
    """Open the members' mailboxes, with the password of all accounts of the demo, and two that all read."""
    principals = Membership.objects.filter(user__email__in=[person.email for person in cast.PEOPLE], role="owner")
    for membership in principals.select_related("organization", "user").order_by("pk"):
        organization, user = membership.organization, membership.user
        for product in (
            Subscription.objects.select_related("plan__product_type")
            .filter(organization=organization, product_type="email-service", state=SubscriptionState.ACTIVE)
            .order_by("pk")
        ):
            domain = keeping.domain_of(product)
            if not domains.is_own(organization.pk, domain):
                continue
            names: list[tuple[str, str, User | None]] = [(user.first_name.lower(), user.name, user)]
            names += [(local, "", None) for local in _SHARED.get(organization.language, _SHARED["en"])]
            for local, name, whose in names[: product.quantity]:
                address = f"{local.encode('ascii', 'ignore').decode()}@{domain}"
                box = keeping.open_mailbox(
                    product_id=product.pk, address=address, name=name, user=whose, actor=SYSTEM, at=at
                )
                passwords.change(mailbox_id=box.pk, new_password=f"{cast.PASSWORD} of {local}", actor=SYSTEM, at=at)
