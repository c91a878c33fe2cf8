"""Facts about leaving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.kernel.money import Money
from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequested(Event):
    """Somebody wants to give products up; nothing happens until the link in the mail to her is used."""

    name: ClassVar[str] = "cancellation.requested"
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationUnconfirmed(Event):
    """The link of a cancellation is still not used; its author is reminded, for the `reminder`-th time."""

    name: ClassVar[str] = "cancellation.unconfirmed"
    request: str
    reminder: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationConfirmed(Event):
    """A cancellation counts from now on: its products end, now or at the end of their terms."""

    name: ClassVar[str] = "cancellation.confirmed"
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationExpired(Event):
    """Nobody used the link of a cancellation in time: nothing was cancelled."""

    name: ClassVar[str] = "cancellation.expired"
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDestroyed(Event):
    """The service of a product that ended is gone, with its data and backups."""

    name: ClassVar[str] = "product.destroyed"
    subscription: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractWithdrawn(Event):
    """A consumer took a new contract back: `returned` comes back, of which `to_source` to where it was paid from."""

    name: ClassVar[str] = "contract.withdrawn"
    subscription: str
    email: str
    language: str
    returned: Money
    to_source: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationReceived(Event):
    """Somebody declared by the public form that a contract ends."""

    name: ClassVar[str] = "declaration.received"
    declaration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationDeleted(Event):
    """An organization is deleted. The certificate goes to `user`, who deleted it."""

    name: ClassVar[str] = "organization.deleted"
    deletion: str
    user: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesSent(Event):
    """Somebody wants all invoices of an organization by mail, before it is deleted."""

    name: ClassVar[str] = "organization.invoices_sent"
    archive: str
    email: str
    language: str
