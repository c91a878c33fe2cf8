"""What mail says about products that are handed over."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from plancia.handover import offering
from plancia.handover.events import HandoverOffered
from plancia.handover.models import Handover
from plancia.notices import composing, outgoing
from plancia.organizations.models import Organization
from plancia.organizations.queries import Recipient
from plancia.outbox.facts import handles
from plancia.subscriptions.models import Subscription


@handles(HandoverOffered)
def handover_offered(event: HandoverOffered, *, at: datetime) -> None:
    """Send the link of an offer, where an address was given."""
    handover: Handover = Handover.objects.by_public_id(event.handover).get()
    if not handover.email or not handover.is_open:
        return
    organization = Organization.objects.get(pk=handover.organization_id)
    products = Subscription.objects.filter(pk__in=handover.subscriptions).order_by("name", "pk")
    mail = composing.compose(
        "handover_offered",
        Recipient(handover.email, "", handover.language),
        {
            "giver": handover.offered_by,
            "organization": organization.name,
            "products": list(products.values_list("name", flat=True)),
            "expires_at": handover.expires_at,
            "url": settings.BASE_URL + reverse("handover-accept", kwargs={"token": offering.token(handover)}),
        },
        organization_id=organization.pk,
        about=handover.public_id,
    )
    outgoing.write_down([mail], at=at)
