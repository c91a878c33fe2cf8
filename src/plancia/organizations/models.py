from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from plancia.kernel.rows import Key, Row, Rows


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
    more_billing_emails = ArrayField(models.EmailField(), default=list, blank=True)
    vat_number = models.CharField(max_length=32, blank=True)
    vat_number_state = models.TextField(default="none")  # organizations.states.VatNumberState
    vat_number_checked_at = models.DateTimeField(null=True)
    # Of Italian customers: codice fiscale, and where the exchange system delivers their invoices.
    tax_code = models.CharField(max_length=28, blank=True, default="")
    sdi_code = models.CharField(max_length=7, blank=True, default="")
    pec = models.EmailField(blank=True, default="")
    # Members need a second factor from so many days after it was required, or after they joined.
    second_factor_required_at = models.DateTimeField(null=True)
    second_factor_grace_days = models.IntegerField(default=14)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

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
            models.CheckConstraint(
                condition=models.Q(second_factor_grace_days__range=(0, 365)), name="organization_grace_days"
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


class Invitations(Rows["Invitation"]):
    """A queryset that knows which invitations are still open."""

    def waiting(self) -> Self:
        """Return those that are neither accepted nor cancelled; some may have expired."""
        return self.filter(accepted_at=None, cancelled_at=None)


class Invitation(Row):
    """A mail that asks somebody to become a member; `round` counts the sendings, and the last link alone opens it."""

    prefix = "ivt"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT)
    email = models.EmailField()
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=5)
    role = models.TextField()  # organizations.roles.Role
    has_billing = models.BooleanField(default=False)
    is_partner = models.BooleanField(default=False)
    rights = models.JSONField(default=list)  # [{"product_id", "product_type", "right"}]
    teams = models.JSONField(default=list)  # keys of teams
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    invited_by_name = models.TextField()
    round = models.IntegerField(default=1)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = Invitations.as_manager()

    class Meta:
        db_table = "organizations_invitation"
        constraints = [
            models.UniqueConstraint(
                models.F("organization"),
                Lower("email"),
                name="invitation_open_once",
                condition=models.Q(accepted_at=None, cancelled_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "administrator", "collaborator", "external"]),
                name="invitation_role",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(cancelled_at=None), name="invitation_ends_once"
            ),
        ]
        indexes = [models.Index(fields=["organization", "-sent_at"], name="invitation_newest")]

    @property
    def is_waiting(self) -> bool:
        """Whether it is neither accepted nor cancelled."""
        return self.accepted_at is None and self.cancelled_at is None

    @property
    def name(self) -> str:
        """First and last name, else the address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def mark_accepted(self, *, user_id: Key, at: datetime) -> None:
        """Record who became a member by it."""
        self.accepted_at, self.accepted_by_id = at, user_id
        self.save(update_fields=["accepted_at", "accepted_by"])

    def mark_cancelled(self, *, at: datetime) -> None:
        """Record that it was taken back."""
        self.cancelled_at = at
        self.save(update_fields=["cancelled_at"])


class LookIn(Row):
    """Somebody of the staff looks at the console of an organization, as its owner or as `membership` sees it."""

    prefix = "lki"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, related_name="+")
    reason = models.TextField()
    #: Whether the customer had allowed it; it then ends when her leave does.
    is_allowed = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "organizations_look_in"
        indexes = [models.Index(fields=["user", "-started_at"], name="look_in_newest")]
