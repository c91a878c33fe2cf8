"""Keeping mailboxes: opening one under a product, and closing it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.utils import IntegrityError
from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses
from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.refusals import Refusal
from plancia.mailboxes import domains
from plancia.mailboxes.models import Mailbox
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState

#: What a plan's specification calls the choice that addresses come from: a domain for many, an address for one.
MAIL = "mail"
_SERVED = {SubscriptionState.ACTIVE, SubscriptionState.RESTRICTED}


class MailboxTaken(Refusal):
    """An address belongs to one mailbox."""

    code = "mailbox_taken"
    sentence = _("%(address)s exists already.")
    field = "local"


class MailboxesFull(Refusal):
    """A product has as many mailboxes as were ordered."""

    code = "mailboxes_full"
    sentence = _("All %(most)d mailboxes of this product are in use. Order more, or close one.")
    field = "local"


class NoMailboxes(Refusal):
    """A product of another kind, or one that does not run."""

    code = "no_mailboxes"
    sentence = _("This product has no mailboxes.")


def domain_of(product: Subscription) -> str:
    """Return the domain under which a product has mailboxes; "" where it has none, or just one."""
    if product.plan.specification.get(MAIL) != "domain":
        return ""
    return str(product.choices.get("domain", "")).lower()


def address_of(product: Subscription) -> str:
    """Return the address of the one mailbox that a product is; "" where it is none."""
    if product.plan.specification.get(MAIL) != "address":
        return ""
    for setting in product.plan.product_type.settings:
        if setting["key"] == "address" and product.choices.get("address"):
            return f"{product.choices['address']}@{setting.get('host', '')}".lower()
    return ""


@transaction.atomic
def open_mailbox(
    *, product_id: UUID, address: str, name: str = "", user: User | None = None, actor: Actor, at: datetime
) -> Mailbox:
    """
    Open a mailbox under a product. It has no password yet, and opens to nobody until it gets one.

    Raises: NoMailboxes; DomainUnproven; MailboxesFull; AddressUndeliverable; MailboxTaken.
    """
    product: Subscription = Subscription.objects.select_related("plan__product_type").locked().get(pk=product_id)
    domain, only = domain_of(product), address_of(product)
    address = addresses.tidy(address)
    if product.has_ended or not (address.endswith(f"@{domain}") if domain else address == only.lower()):
        raise NoMailboxes()
    if domain and not domains.is_own(product.organization_id, domain):
        raise domains.DomainUnproven(domain=domain)
    if Mailbox.objects.filter(product=product, closed_at=None).count() >= (product.quantity if domain else 1):
        raise MailboxesFull(most=product.quantity)
    try:
        with transaction.atomic():
            mailbox: Mailbox = Mailbox.objects.create(
                organization_id=product.organization_id,
                product=product,
                user=user,
                address=address,
                name=name.strip(),
                is_served=product.state in _SERVED,
                created_at=at,
            )
    except IntegrityError:
        raise MailboxTaken(address=address) from None
    _record(mailbox, "mailbox.opened", actor=actor, at=at)
    return mailbox


@transaction.atomic
def give(*, mailbox_id: UUID, user_id: UUID | None, actor: Actor, at: datetime) -> None:
    """Say whose mailbox it is. It keeps its password, but shares it with no account any more."""
    mailbox: Mailbox = Mailbox.objects.locked().get(pk=mailbox_id, closed_at=None)
    if mailbox.user_id != user_id:
        mailbox.separate()
        mailbox.belong_to(user_id)
        _record(mailbox, "mailbox.given", actor=actor, at=at)


@transaction.atomic
def close(*, mailbox_id: UUID, actor: Actor, at: datetime) -> None:
    """Close a mailbox. Its address can be used again."""
    mailbox: Mailbox = Mailbox.objects.locked().get(pk=mailbox_id, closed_at=None)
    mailbox.close(at=at)
    _record(mailbox, "mailbox.closed", actor=actor, at=at)


@transaction.atomic
def follow(*, product_id: UUID, at: datetime) -> None:
    """Serve the mailboxes of a product while it runs, not while it stands still; close them when it has ended."""
    product: Subscription = Subscription.objects.select_related("plan__product_type").get(pk=product_id)
    mailboxes = Mailbox.objects.filter(product=product, closed_at=None)
    if product.has_ended:
        for mailbox in mailboxes.locked():
            mailbox.close(at=at)
            _record(mailbox, "mailbox.closed", actor=SYSTEM, at=at)
        return
    mailboxes.update(is_served=product.state in _SERVED)
    if (only := address_of(product)) and product.state in _SERVED and not mailboxes.exists():
        open_mailbox(product_id=product_id, address=only, actor=SYSTEM, at=at)


def _record(mailbox: Mailbox, action: str, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor, action, mailbox.public_id, organization_id=mailbox.organization_id, at=at, address=mailbox.address
    )
