"""Attention: which products of an organization need somebody, and what for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from plancia.catalog import queries as catalog
from plancia.catalog.queries import Contents
from plancia.kernel import clock, ids
from plancia.kernel.money import Money
from plancia.kernel.prepared import prepared
from plancia.organizations.access import Access
from plancia.organizations.roles import Permission
from plancia.provisioning.models import Resource
from plancia.subscriptions import queries
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.outlook import NextStep
from plancia.subscriptions.states import Reason, SubscriptionState
from plancia.subscriptions.timeline import Timeline, timeline

SIZE = 10


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """A product that needs somebody. `step` says what for and by when."""

    public_id: str
    name: str
    type_code: str
    type_name: str
    icon: str
    state: SubscriptionState
    reason: Reason
    step: NextStep
    net: Money | None


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs somebody: renewals to pay, products that end, products that do not work as they should."""

    due: list[AttentionRow] = field(default_factory=list)
    expiring: list[AttentionRow] = field(default_factory=list)
    broken: list[AttentionRow] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.due) + len(self.expiring) + len(self.broken)


def find(
    organization_id: UUID,
    access: Access,
    *,
    at: datetime,
    size: int = SIZE,
    contents: Contents | None = None,
) -> Attention:
    """
    Return what needs somebody, the most urgent first, at most `size` of each kind. Two queries.

    Due is the unpaid renewal of a product that runs, for those who see billing; expiring, what is given up and ends
    soon; broken, what is restricted or suspended, or cannot be set up.
    `contents` is the catalogue, where the caller has read it; else it is a third query.
    """
    known = contents or catalog.contents()
    days = timeline(access.organization)
    soon = at + clock.days(days.offer)
    subjects = _stuck(organization_id=organization_id)
    stuck = [key for (subject,) in subjects if (key := ids.parse(Subscription.prefix, subject))]
    if access.sees_all_products and size == SIZE:
        needy = _all_needy(organization_id=organization_id, stuck=stuck, soon=soon)
    else:
        needy = list(_needy(queries.visible(organization_id, access), stuck=stuck, soon=soon)[: 10 * size])
    found = Attention()
    for one in needy:
        row, ending_at = one.__dict__, one.__dict__["ending_at"]
        if one.state in _BROKEN or one.pk in stuck:
            found.broken.append(_row(one, known, days, at=at))
        elif row["offer_invoice"] and access.may(Permission.SEE_BILLING):
            found.due.append(_row(one, known, days, at=at, shows_net=True))
        elif ending_at and ending_at <= soon:
            found.expiring.append(_row(one, known, days, at=at))
    return Attention(found.due[:size], found.expiring[:size], found.broken[:size])


@prepared
def _all_needy(*, organization_id: UUID, stuck: list[UUID], soon: datetime) -> QuerySet[Subscription]:
    found = Subscription.objects.filter(organization_id=organization_id)
    return _needy(found, stuck=stuck, soon=soon)[: 10 * SIZE]


def _needy(found: QuerySet[Subscription], *, stuck: list[UUID], soon: datetime) -> QuerySet[Subscription]:
    needy = Q(pk__any_of=stuck) | Q(state__in=_BROKEN) | Q(ending_at__lte=soon) | Q(offer_invoice__gt="")
    living = queries.foreseen(found).exclude(state=SubscriptionState.TERMINATED)
    return living.filter(needy).only(*queries.LISTED).order_by("paid_until", "pk")


_BROKEN = (SubscriptionState.RESTRICTED, SubscriptionState.SUSPENDED)


@prepared
def _stuck(*, organization_id: UUID) -> QuerySet[Resource, tuple[str]]:
    """Services that could not be brought to what they should be, and say why."""
    stuck = Resource.objects.filter(organization_id=organization_id, is_settled=False).exclude(last_error="")
    return stuck.order_by("pk").values_list("subject")[: 10 * SIZE]


def _row(
    subscription: Subscription, contents: Contents, days: Timeline, *, at: datetime, shows_net: bool = False
) -> AttentionRow:
    product_type = contents.types[subscription.product_type]
    net: int | None = subscription.__dict__["offer_net"] if shows_net else None
    return AttentionRow(
        public_id=subscription.public_id,
        name=subscription.name,
        type_code=subscription.product_type,
        type_name=product_type.name,
        icon=product_type.icon,
        state=SubscriptionState(subscription.state),
        reason=Reason(subscription.reason),
        step=queries.step(subscription, days, at=at),
        net=None if net is None else Money(net, subscription.currency),
    )
