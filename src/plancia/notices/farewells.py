"""Mail about leaving: what is to be confirmed, what ends, and the proof of what was destroyed. Source: SPEC 7.1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from plancia.accounts.models import User
from plancia.billing.models import Archive
from plancia.kernel import ids
from plancia.leaving import certificates, inventory, queries, tokens
from plancia.leaving.declarations import Kind
from plancia.leaving.events import (
    CancellationConfirmed,
    CancellationExpired,
    CancellationRequested,
    CancellationUnconfirmed,
    ContractWithdrawn,
    DeclarationReceived,
    InvoicesSent,
    OrganizationDeleted,
    ProductDestroyed,
)
from plancia.leaving.models import CancellationRequest, CancellationRequestItem, Declaration, OrganizationDeletion
from plancia.notices import composing, outgoing
from plancia.organizations import queries as organization_queries
from plancia.organizations.models import Organization
from plancia.organizations.queries import Recipient
from plancia.outbox.facts import handles
from plancia.provisioning import queries as provisioning
from plancia.subscriptions.cancellation import When
from plancia.subscriptions.models import Subscription


@handles(CancellationRequested)
def cancellation_requested(event: CancellationRequested, *, at: datetime) -> None:
    """Send the link that makes a cancellation count, to whoever asked for it."""
    _tell_author("cancellation_requested", event.request, about=event.request, at=at)


@handles(CancellationUnconfirmed)
def cancellation_unconfirmed(event: CancellationUnconfirmed, *, at: datetime) -> None:
    """Send the link once more."""
    _tell_author("cancellation_unconfirmed", event.request, about=f"{event.request}:{event.reminder}", at=at)


@handles(CancellationExpired)
def cancellation_expired(event: CancellationExpired, *, at: datetime) -> None:
    """Say that nothing was cancelled."""
    _tell_author("cancellation_expired", event.request, about=event.request, at=at)


@handles(CancellationConfirmed)
def cancellation_confirmed(event: CancellationConfirmed, *, at: datetime) -> None:
    """Tell whoever asked, the owners and the administrators what ends and when: the author's copy is her receipt."""
    asked = _request(event.request)
    found = queries.detail(asked)
    charges = inventory.charges(asked.organization_id, [item.subscription for item in _items(asked)])
    context = {
        "products": [(product.name, product.ends_at) for product in found.products],
        "number": len(found.products),
        "first": found.products[0].name,
        "requested_by": found.requested_by,
        "confirmed_at": found.confirmed_at,
        "due": charges,
        "url": _link("cancellation", asked.organization.public_id, crq=asked.public_id),
    }
    recipients = {one.email.lower(): one for one in organization_queries.who_administers(asked.organization_id)}
    recipients.setdefault(asked.email.lower(), _author(asked))
    _tell("cancellation_confirmed", asked.organization, list(recipients.values()), context, about=event.request, at=at)


@handles(ProductDestroyed)
def product_destroyed(event: ProductDestroyed, *, at: datetime) -> None:
    """Send owners and administrators the proof of what was destroyed with a product."""
    service = provisioning.resource_of(event.subscription)
    product = Subscription.objects.select_related("organization").by_public_id(event.subscription).get()
    context = {
        "product": product.name,
        "contents": [(content.kind.label, content.name) for content in (service.contents if service else None) or []],
        "removed_at": event.happened_at,
        "url": _link("product", product.organization.public_id, sub=event.subscription),
    }
    recipients = organization_queries.who_administers(product.organization_id)
    _tell("product_destroyed", product.organization, recipients, context, about=event.subscription, at=at)


@handles(ContractWithdrawn)
def contract_withdrawn(event: ContractWithdrawn, *, at: datetime) -> None:
    """Confirm a withdrawal with its time, to its author, the owners and the administrators."""
    product = Subscription.objects.select_related("organization").by_public_id(event.subscription).get()
    recipients = {one.email.lower(): one for one in organization_queries.who_administers(product.organization_id)}
    recipients.setdefault(event.email.lower(), Recipient(event.email, event.email, event.language))
    context = {
        "product": product.name,
        "received_at": event.happened_at,
        "kept": event.returned - event.to_source,
        "to_source": event.to_source,
        "url": _link("product", product.organization.public_id, sub=event.subscription),
    }
    _tell(
        "contract_withdrawn",
        product.organization,
        list(recipients.values()),
        context,
        about=event.subscription,
        at=at,
    )


@handles(DeclarationReceived)
def declaration_received(event: DeclarationReceived, *, at: datetime) -> None:
    """Send the receipt of a declaration to whoever made it: what she declared, and when it came."""
    declaration: Declaration = Declaration.objects.by_public_id(event.declaration).get()
    with translation.override(declaration.language):
        kind = str(Kind(declaration.kind).label)
    context = {"declaration": declaration, "kind": kind}
    recipient = Recipient(declaration.email, declaration.name, declaration.language)
    outgoing.write_down([composing.compose("declaration_received", recipient, context, about=event.declaration)], at=at)


@handles(OrganizationDeleted)
def organization_deleted(event: OrganizationDeleted, *, at: datetime) -> None:
    """Send the certificate to whoever deleted an organization. The mail belongs to no organization: none is left."""
    made: OrganizationDeletion = OrganizationDeletion.objects.by_public_id(event.deletion).get()
    page = reverse("deletion-certificate", kwargs={"token": tokens.issue(made)})
    context = {"deleted_at": made.deleted_at, "number": made.public_id, "url": settings.BASE_URL + page}
    user: User = User.objects.get(pk=ids.parse(User.prefix, event.user) or made.pk)
    recipient = Recipient(user.email, user.name, event.language)
    outgoing.write_down([composing.compose("organization_deleted", recipient, context, about=event.deletion)], at=at)


@handles(InvoicesSent)
def invoices_sent(event: InvoicesSent, *, at: datetime) -> None:
    """Send the link to all invoices of an organization."""
    archive: Archive = Archive.objects.by_public_id(event.archive).get()
    page = reverse("farewell-archive", kwargs={"token": certificates.archive_token(archive)})
    context = {"total": archive.total, "url": settings.BASE_URL + page}
    recipient = Recipient(event.email, event.email, event.language)
    about = f"{event.archive}:{event.happened_at:%Y%m%d%H%M}"
    outgoing.write_down([composing.compose("invoices_sent", recipient, context, about=about)], at=at)


def _tell_author(name: str, public_id: str, *, about: str, at: datetime) -> None:
    asked = _request(public_id)
    if name != "cancellation_expired" and not asked.is_open:
        return
    wanted = inventory.take(asked.organization_id, [item.subscription_id for item in _items(asked)], at=at)
    is_over = name == "cancellation_expired"
    context = {
        "products": [(loss.name, loss.ends_at if asked.when == When.END_OF_TERM else None) for loss in wanted.losses],
        "is_over": is_over,
        "expires_at": asked.expires_at,
        "url": _link("products", asked.organization.public_id)
        if is_over
        else str(settings.BASE_URL) + reverse("cancellation-link", kwargs={"token": tokens.issue(asked)}),
    }
    _tell(name, asked.organization, [_author(asked)], context, about=about, at=at)


def _tell(
    name: str,
    organization: Organization,
    recipients: Sequence[Recipient],
    context: dict[str, Any],
    *,
    about: str,
    at: datetime,
) -> None:
    mails = [
        composing.compose(
            name,
            recipient,
            {**context, "organization": organization.name},
            organization_id=organization.pk,
            about=about,
        )
        for recipient in recipients
    ]
    outgoing.write_down(mails, at=at)


def _request(public_id: str) -> CancellationRequest:
    found: CancellationRequest = (
        CancellationRequest.objects.select_related("organization").by_public_id(public_id).get()
    )
    return found


def _items(asked: CancellationRequest) -> list[CancellationRequestItem]:
    return list(asked.items.select_related("subscription").order_by("pk"))


def _author(asked: CancellationRequest) -> Recipient:
    return Recipient(asked.email, asked.requested_by, asked.language)


def _link(page: str, organization: str, **kwargs: str) -> str:
    return str(settings.BASE_URL) + reverse(page, kwargs={"org": organization, **kwargs})
