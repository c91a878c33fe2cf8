"""
Domains: whose one is, before mailboxes are opened under it, or anybody could read a stranger's mail.

A domain is an organization's own where a product of hers registers it, or where a TXT record shows it: only who rules
over a domain writes its records. What the record has to say follows from the two names and our key, so nothing is kept
until it was seen. Source: docs/decisions/0121.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

import httpx2
from django.conf import settings
from django.db.utils import IntegrityError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.catalog import domain_names
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.mailboxes.models import MailDomain
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 3
#: A name that is ordered is nobody's yet.
_REGISTERED = (SubscriptionState.ACTIVE, SubscriptionState.RESTRICTED, SubscriptionState.SUSPENDED)


class DomainUnproven(Refusal):
    """Mailboxes are opened under one's own domains only."""

    code = "domain_unproven"
    sentence = _("Show first that %(domain)s is yours: see the page of the mailboxes.")
    field = "local"


class RecordMissing(Refusal):
    """The record is not there, or not there yet."""

    code = "domain_record_missing"
    sentence = _("We do not see the record of %(domain)s yet. New records take up to an hour; then try again.")


class DomainProvenElsewhere(Refusal):
    """Another organization has shown a domain to be its own."""

    code = "domain_proven_elsewhere"
    sentence = _("%(domain)s is the domain of another organization here. If it is yours now, please contact us.")


def record_of(organization_id: UUID, domain: str) -> tuple[str, str]:
    """Return the name of the TXT record that shows a domain to be an organization's, and what it has to say."""
    name = domain_names.parse(domain, is_public=False)
    said = salted_hmac("plancia.mailboxes.domain", f"{organization_id}:{name}", algorithm="sha256").hexdigest()
    return f"_plancia.{name}", f"plancia={said[:32]}"


def is_own(organization_id: UUID, domain: str) -> bool:
    """Say whether an organization may open mailboxes under a domain. Two queries at the most."""
    name = domain_names.parse(domain, is_public=False)
    registered = Subscription.objects.filter(
        organization_id=organization_id,
        state__in=_REGISTERED,
        choices__domain__iexact=name,
        plan__product_type__settings__contains=[{"ending_from_plan": True}],
    )
    return registered.exists() or MailDomain.objects.filter(organization_id=organization_id, domain=name).exists()


def prove(*, organization_id: UUID, domain: str, actor: Actor, at: datetime) -> None:
    """
    Look for the record, and keep that a domain is an organization's. Again, it changes nothing.

    Raises: RecordMissing; DomainProvenElsewhere.
    """
    name, wanted = record_of(organization_id, domain)
    if wanted not in _records(name):
        raise RecordMissing(domain=domain)
    _keep(organization_id, domain, actor=actor, at=at)


@transaction.atomic
def _keep(organization_id: UUID, domain: str, *, actor: Actor, at: datetime) -> None:
    if is_own(organization_id, domain):
        return
    try:
        with transaction.atomic():
            proven: MailDomain = MailDomain.objects.create(
                organization_id=organization_id, domain=domain_names.parse(domain, is_public=False), proven_at=at
            )
    except IntegrityError:
        raise DomainProvenElsewhere(domain=domain) from None
    trail.record(
        actor, "mailbox.domain_proven", proven.public_id, organization_id=organization_id, at=at, domain=domain
    )


def _records(name: str) -> list[str]:
    """Ask a resolver over HTTPS; where none is named or none answers, there are no records."""
    if not settings.DNS_URL:
        return []
    try:
        answer = httpx2.get(
            settings.DNS_URL,
            params={"name": name, "type": "TXT"},
            headers={"Accept": "application/dns-json"},
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        found = answer.json().get("Answer", [])
        return [str(one["data"]).strip('"') for one in found if one.get("type") == _TXT]
    except (httpx2.HTTPError, ValueError, KeyError, AttributeError, TypeError) as failure:
        logger.warning("the resolver cannot be asked: %s", type(failure).__name__)
        return []


_TXT = 16  # Source: RFC 1035, 3.2.2
