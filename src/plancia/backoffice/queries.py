"""What staff read: rows of all organizations, so asked as the role *staff* only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.catalog import texts
from plancia.kernel import ids, pages
from plancia.kernel.money import Money
from plancia.organizations.models import Membership, Organization
from plancia.outbox.models import Fact
from plancia.payments.models import Payment
from plancia.provisioning.models import ManualTask, Resource
from plancia.shop.models import Order
from plancia.shop.states import OrderState
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState

Found = TypeVar("Found", bound=QuerySet[Any])

#: A resource that was tried this often without success is for people to look at. Source: SPEC §3.5.
STUCK_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for staff: the numbers on the first page."""

    open_orders: int
    overdue_invoices: int
    stuck_resources: int
    manual_tasks: int
    untold_facts: int

    @property
    def is_nothing(self) -> bool:
        return not (self.open_orders or self.overdue_invoices or self.stuck_resources or self.manual_tasks)


def waiting(*, today: date, at: datetime) -> Waiting:
    """Count what waits for staff."""
    return Waiting(
        open_orders=Order.objects.filter(state=OrderState.OPEN).count(),
        overdue_invoices=Invoice.objects.filter(state=InvoiceState.OPEN, kind="invoice", due_on__lt=today).count(),
        stuck_resources=Resource.objects.filter(is_settled=False, attempts__gte=STUCK_ATTEMPTS).count(),
        manual_tasks=ManualTask.objects.filter(done_at=None).count(),
        # A fact is told within a second; what is older than a minute points at a worker that stands still.
        untold_facts=Fact.objects.filter(told_at=None, happened_at__lt=at - timedelta(minutes=1)).count(),
    )


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    id: str
    name: str
    kind: str
    country: str
    currency: str
    members: int
    products: int
    created_at: datetime


def organizations(*, search: str, page: int) -> pages.Page[OrganizationRow]:
    """Return the organizations, newest first, found by anything of theirs: name, id, numbers, addresses, products."""
    found = Organization.objects.annotate(
        members_now=Count("memberships", distinct=True),
        products_now=Count("subscription", filter=~Q(subscription__state=SubscriptionState.TERMINATED), distinct=True),
    ).order_by("-created_at", "-pk")
    if search:
        found = found.filter(
            Q(name__icontains=search)
            | Q(vat_number__icontains=search)
            | Q(billing_email__icontains=search)
            | Q(pk__in=Membership.objects.filter(user__email__icontains=search).values("organization"))
            | Q(pk__in=Invoice.objects.filter(number__iexact=search).values("organization"))
            | Q(pk__in=Order.objects.filter(number__iexact=search).values("organization"))
            | Q(pk__in=Subscription.objects.filter(name__icontains=search).values("organization"))
            | Q(pk=ids.parse(Organization.prefix, search))
        )
    return pages.page_of(
        found,
        lambda row: OrganizationRow(
            id=row.public_id,
            name=row.name,
            kind=row.kind,
            country=row.country,
            currency=row.currency,
            members=row.members_now,  # type: ignore[attr-defined]  # annotated above
            products=row.products_now,  # type: ignore[attr-defined]  # annotated above
            created_at=row.created_at,
        ),
        number=page,
    )


@dataclass(frozen=True, slots=True)
class OrderRow:
    id: str
    number: str
    organization: str
    organization_name: str
    state: str
    method: str
    total: Money
    placed_at: datetime
    payment_reference: str


def orders(*, search: str, state: str, page: int, organization_id: UUID | None = None) -> pages.Page[OrderRow]:
    """Return the orders, newest first, found by number, payment reference or organization."""
    found = Order.objects.select_related("organization").order_by("-placed_at", "-pk")
    found = _narrowed(found, organization_id, state)
    if search:
        found = found.filter(
            Q(number__icontains=search)
            | Q(payment_reference__icontains=search.replace(" ", ""))
            | Q(organization__name__icontains=search)
        )
    return pages.page_of(found, order_row, number=page)


def _narrowed(found: Found, organization_id: UUID | None, state: str) -> Found:
    if organization_id:
        found = found.filter(organization_id=organization_id)
    return found.filter(state=state) if state else found


def order_row(order: Order) -> OrderRow:
    """Return what the back office shows of an order."""
    return OrderRow(
        id=order.public_id,
        number=order.number,
        organization=order.organization.public_id,
        organization_name=order.organization.name,
        state=order.state,
        method=order.method,
        total=order.total,
        placed_at=order.placed_at,
        payment_reference=order.payment_reference,
    )


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    id: str
    number: str
    kind: str
    organization: str
    organization_name: str
    state: str
    total: Money
    issued_on: date
    due_on: date


def invoices(
    *, search: str, state: str, today: date, page: int, organization_id: UUID | None = None
) -> pages.Page[InvoiceRow]:
    """Return the invoices and credit notes, newest first; `state` may also be `overdue`."""
    found = Invoice.objects.select_related("organization").order_by("-issued_on", "-pk")
    if organization_id:
        found = found.filter(organization_id=organization_id)
    if state == "overdue":
        found = found.filter(state=InvoiceState.OPEN, kind="invoice", due_on__lt=today)
    elif state:
        found = found.filter(state=state)
    if search:
        found = found.filter(Q(number__icontains=search) | Q(organization__name__icontains=search))
    return pages.page_of(
        found,
        lambda row: InvoiceRow(
            id=row.public_id,
            number=row.number,
            kind=row.kind,
            organization=row.organization.public_id,
            organization_name=row.organization.name,
            state="overdue" if row.state == InvoiceState.OPEN and row.due_on < today else row.state,
            total=row.total,
            issued_on=row.issued_on,
            due_on=row.due_on,
        ),
        number=page,
    )


@dataclass(frozen=True, slots=True)
class ProductRow:
    id: str
    name: str
    plan: str
    organization: str
    organization_name: str
    state: str
    reason: str
    paid_until: datetime | None


def products(*, search: str, state: str, page: int, organization_id: UUID | None = None) -> pages.Page[ProductRow]:
    """Return the products, newest first, found by name, type or organization."""
    found = Subscription.objects.select_related("organization", "plan").order_by("-ordered_at", "-pk")
    found = _narrowed(found, organization_id, state)
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(product_type__icontains=search) | Q(organization__name__icontains=search)
        )
    return pages.page_of(
        found,
        lambda row: ProductRow(
            id=row.public_id,
            name=row.name,
            plan=texts.pick(row.plan.names),
            organization=row.organization.public_id,
            organization_name=row.organization.name,
            state=row.state,
            reason=row.reason,
            paid_until=row.paid_until,
        ),
        number=page,
    )


@dataclass(frozen=True, slots=True)
class ResourceRow:
    id: str
    subject: str
    product_name: str
    organization: str
    organization_name: str
    driver: str
    desired: str
    observed: str
    is_settled: bool
    is_stuck: bool
    attempts: int
    last_error: str
    next_attempt_at: datetime | None


def resources(*, search: str, state: str, page: int) -> pages.Page[ResourceRow]:
    """Return the provisioning queue: what is not yet as it should be, what is stuck first; or all, by `state`."""
    found: QuerySet[Resource] = Resource.objects.select_related("organization")
    if state != "all":
        found = found.filter(is_settled=False)
    if state == "stuck":
        found = found.filter(attempts__gte=STUCK_ATTEMPTS)
    if search:
        found = found.filter(Q(organization__name__icontains=search) | Q(last_error__icontains=search))
    shown = pages.page_of(found.order_by("is_settled", "-attempts", "-pk"), _resource_row, number=page)
    names = _product_names([row.subject for row in shown])
    rows = [replace(row, product_name=names.get(row.subject, row.subject)) for row in shown]
    return replace(shown, rows=rows)


def _resource_row(resource: Resource) -> ResourceRow:
    return ResourceRow(
        id=resource.public_id,
        subject=resource.subject,
        product_name="",
        organization=resource.organization.public_id,
        organization_name=resource.organization.name,
        driver=resource.driver,
        desired=resource.desired_presence,
        observed=resource.observed_presence,
        is_settled=resource.is_settled,
        is_stuck=resource.attempts >= STUCK_ATTEMPTS and not resource.is_settled,
        attempts=resource.attempts,
        last_error=resource.last_error,
        next_attempt_at=resource.next_attempt_at,
    )


def _product_names(subjects: Sequence[str]) -> dict[str, str]:
    keys = [key for subject in subjects if (key := ids.parse(Subscription.prefix, subject))]
    return {row.public_id: row.name for row in Subscription.objects.filter(pk__in=keys)}


@dataclass(frozen=True, slots=True)
class TaskRow:
    id: str
    product_name: str
    organization: str
    organization_name: str
    wanted: str
    opened_at: datetime


def manual_tasks() -> list[TaskRow]:
    """Return the work that the manual driver asks of staff, oldest first; a hundred at the most."""
    tasks = list(
        ManualTask.objects.filter(done_at=None)
        .select_related("organization", "resource")
        .order_by("opened_at", "pk")[:100]
    )
    names = _product_names([task.resource.subject for task in tasks])
    return [
        TaskRow(
            id=task.public_id,
            product_name=names.get(task.resource.subject, task.resource.subject),
            organization=task.organization.public_id,
            organization_name=task.organization.name,
            wanted=task.wanted_presence,
            opened_at=task.opened_at,
        )
        for task in tasks
    ]


@dataclass(frozen=True, slots=True)
class PaymentRow:
    id: str
    purpose: str
    organization: str
    organization_name: str
    method: str
    state: str
    failure_code: str
    amount: Money
    started_at: datetime


def payments(*, search: str, state: str, page: int, organization_id: UUID | None = None) -> pages.Page[PaymentRow]:
    """Return the payments, newest first, found by the gateway's or the bank's reference or by organization."""
    found = Payment.objects.select_related("organization").order_by("-started_at", "-pk")
    found = _narrowed(found, organization_id, state)
    if search:
        found = found.filter(Q(gateway_reference__icontains=search) | Q(organization__name__icontains=search))
    return pages.page_of(
        found,
        _payment_row,
        number=page,
    )


def payments_for(purpose: str) -> list[PaymentRow]:
    """Return the attempts to pay one thing, newest first; fifty at the most."""
    found = Payment.objects.select_related("organization").filter(purpose=purpose)
    return [_payment_row(row) for row in found.order_by("-started_at", "-pk")[:50]]


def _payment_row(payment: Payment) -> PaymentRow:
    return PaymentRow(
        id=payment.public_id,
        purpose=payment.purpose,
        organization=payment.organization.public_id,
        organization_name=payment.organization.name,
        method=payment.method,
        state=payment.state,
        failure_code=payment.failure_code,
        amount=payment.amount,
        started_at=payment.started_at,
    )
