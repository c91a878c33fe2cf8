"""
Erasure: what is forgotten with an organization, and what the law keeps.

Every table with an organization is named here, under one of the two; a test reads the database's catalogue and fails
for one that is not. Source: GDPR, art. 17; docs/decisions/0087-deleting-an-organization.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.leaving.models import CancellationRequest, Declaration
from plancia.organizations.models import Organization
from plancia.payments import profiles
from plancia.payments.methods import Method
from plancia.payments.models import Profile
from plancia.payments.states import ProfileState
from plancia.support.models import Feedback

#: What is kept, by the beginning of the table's name: the rule that says how long, and why.
KEPT: dict[str, tuple[str, str | Promise]] = {
    "billing_": ("documents", _("Invoices and what explains them: bookkeeping law")),
    "ledger_": ("documents", _("The ledger: bookkeeping law")),
    "payments_": ("documents", _("Payments: bookkeeping law")),
    "bank_": ("documents", _("Movements at the bank: bookkeeping law")),
    "wallet_": ("documents", _("Movements of the prepaid account: bookkeeping law")),
    "shop_order": ("documents", _("Orders and the terms accepted with them: proof of contracts")),
    "subscriptions_": ("documents", _("Products and their periods: proof of contracts")),
    "handover_": ("documents", _("Products and their periods: proof of contracts")),
    "promotions_": ("documents", _("Discounts on orders: bookkeeping law")),
    "audit_": ("log", _("The log: proof of who did what")),
    "provisioning_": ("documents", _("When services were removed: proof of deletion")),
    "outbox_fact": ("facts", _("Which facts happened: numbers without names")),
    "leaving_": ("documents", _("When was cancelled and deleted: proof, without names")),
    "organizations_organization": ("documents", _("The organization's number, country and currency")),
}

#: Tables of an organization whose rows are deleted, children first.
_DELETED = (
    "accounts_api_token",
    "support_attachment",
    "support_message",
    "support_access_grant",
    "support_request",
    "mailboxes_mailbox",
    "mailboxes_domain",
    "billing_address",
    "billing_product_reference",
    "notices_message",
    "organizations_look_in",
    "organizations_product_right",
    "organizations_team_member",
    "organizations_team",
    "organizations_invitation",
    "organizations_membership",
)


#: What nobody was told yet keeps its address until then: else the mail would never be written.
_DELETED_ORGANIZATIONS = "select id from organizations_organization where deleted_at is not null"
_FACTS = "update outbox_fact set payload = payload - 'email' where payload ? 'email' and told_at is not null"


def tables_deleted() -> frozenset[str]:
    """Return the tables whose rows go."""
    return frozenset(_DELETED)


def is_kept(table: str) -> bool:
    """Say whether the law, or a proof that we need, keeps a table."""
    return any(table.startswith(beginning) for beginning in KEPT)


def erase(organization: Organization, *, at: datetime) -> dict[str, int]:
    """Forget what no law keeps of an organization; return how many rows of each table. Part of a use case, as staff."""
    for profile in Profile.objects.filter(organization=organization, state=ProfileState.ACTIVE).exclude(
        method=Method.PREPAID
    ):
        profiles.remove(profile_id=profile.pk, actor=SYSTEM, at=at)
    erased: dict[str, int] = {}
    for table in _DELETED:
        with transaction.connection().cursor() as cursor:
            cursor.execute(f"delete from {table} where organization_id = %s", [organization.pk])  # noqa: S608  (names of ours)
            erased[table] = cursor.rowcount
    for forget in _BLANKED:
        table, number = forget(organization)
        erased[table] = number
    return {table: number for table, number in erased.items() if number}


def finish() -> int:
    """Take addresses out of facts that were told after their organization was deleted; return how many. As staff."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(f"{_FACTS} and organization_id in ({_DELETED_ORGANIZATIONS})")
        return int(cursor.rowcount)


def _organization(organization: Organization) -> tuple[str, int]:
    kept = {"id", "kind", "currency", "language", "country", "created_at", "deleted_at", "name", "recipient"}
    blank = {
        field.attname: field.get_default() if field.has_default() else (None if field.null else "")
        for field in Organization._meta.concrete_fields
        if field.attname not in kept
    }
    number = ids.public(Organization.prefix, organization.pk)
    Organization.objects.filter(pk=organization.pk).update(**blank, name=number, recipient=number)
    return "organizations_organization", 1


def _requests(organization: Organization) -> tuple[str, int]:
    found = CancellationRequest.objects.filter(organization=organization)
    return "leaving_cancellation_request", found.update(
        requested_by="–", email="erased@invalid.example", reason="", user_id=None
    )


def _declarations(organization: Organization) -> tuple[str, int]:
    found = Declaration.objects.filter(organization_id=organization.pk)
    return "leaving_declaration", found.update(name="–", email="erased@invalid.example", product="–", reason="")


def _feedback(organization: Organization) -> tuple[str, int]:
    return "support_feedback", Feedback.objects.filter(organization=organization).update(
        organization=None, user_id=None, page=""
    )


def _resources(organization: Organization) -> tuple[str, int]:
    resource = apps.get_model("provisioning", "Resource")
    found = resource.objects.filter(organization_id=organization.pk)
    return "provisioning_resource", found.update(contents=None, observed_specification={}, desired_specification={})


def _facts(organization: Organization) -> tuple[str, int]:
    with transaction.connection().cursor() as cursor:
        cursor.execute(f"{_FACTS} and organization_id = %s", [organization.pk])
        return "outbox_fact", cursor.rowcount


_BLANKED: tuple[Callable[[Organization], tuple[str, int]], ...] = (
    _organization,
    _requests,
    _declarations,
    _feedback,
    _resources,
    _facts,
)
