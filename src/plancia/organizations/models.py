from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from plancia.kernel.rows import Row


class Organization(Row):
    """The space that holds products, invoices, a prepaid account and members; isolated from every other."""

    prefix = "org"

    name = models.CharField(max_length=200)
    kind = models.TextField()  # organizations.states.Kind
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=5, default="en")
    # The billing address, structured as SIX asks for QR-bills since November 2025.
    recipient = models.CharField(max_length=200)
    street = models.CharField(max_length=100, blank=True)
    house_number = models.CharField(max_length=16, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2)
    billing_email = models.EmailField(blank=True)
    vat_number = models.CharField(max_length=32, blank=True)
    vat_number_state = models.TextField(default="none")  # organizations.states.VatNumberState
    vat_number_checked_at = models.DateTimeField(null=True)
    # Of Italian customers: codice fiscale, and where the exchange system delivers their invoices.
    tax_code = models.CharField(max_length=28, blank=True, default="")
    sdi_code = models.CharField(max_length=7, blank=True, default="")
    pec = models.EmailField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "organizations_organization"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["person", "company", "association", "public_body"]),
                name="organization_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(vat_number_state__in=["none", "valid", "unverified", "invalid"]),
                name="organization_vat_number_state",
            ),
        ]


class Membership(Row):
    """A user in an organization, with a role."""

    prefix = "mem"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.TextField()  # organizations.roles.Role
    has_billing = models.BooleanField(default=False)
    is_partner = models.BooleanField(default=False)  # works here for another firm: an agency, a webmaster
    joined_at = models.DateTimeField()
    blocked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "organizations_membership"
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="member_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "administrator", "collaborator", "external"]),
                name="membership_role",
            ),
        ]
        indexes = [models.Index(fields=["user", "organization"], name="membership_user")]


class Team(Row):
    """A named group of members that may do the same with the same products."""

    prefix = "tea"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "organizations_team"
        constraints = [models.UniqueConstraint(models.F("organization"), Lower("name"), name="team_name_once")]


class TeamMember(Row):
    """A member in a team."""

    prefix = "tmm"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="teams")

    class Meta:
        db_table = "organizations_team_member"
        constraints = [models.UniqueConstraint(fields=["membership", "team"], name="team_member_once")]


class ProductRight(Row):
    """What a member or a team may do with one product, or with all products of a type; until `expires_at`, if set."""

    prefix = "prt"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="product_rights", null=True)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="product_rights", null=True)
    product_id = models.UUIDField(null=True)
    product_type = models.TextField(blank=True)
    right = models.TextField()  # organizations.roles.Right
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "organizations_product_right"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(product_id=None, product_type__gt="")
                | models.Q(product_id__isnull=False, product_type=""),
                name="product_right_one_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(membership=None, team__isnull=False) | models.Q(membership__isnull=False, team=None),
                name="product_right_one_holder",
            ),
            models.CheckConstraint(
                condition=models.Q(right__in=["view", "operate", "manage"]), name="product_right_right"
            ),
            models.UniqueConstraint(
                fields=["membership", "team", "product_id", "product_type"],
                name="product_right_once",
                nulls_distinct=False,
            ),
        ]
