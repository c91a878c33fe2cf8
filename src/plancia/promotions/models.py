from __future__ import annotations

from datetime import datetime

from django.db import models

from plancia.kernel.money import Money
from plancia.kernel.rows import Row
from plancia.promotions.states import Kind, Standing


class Campaign(Row):
    """
    The rules of one or many promo codes. What is not limited is empty.

    Units: `percent` of the net price of a term; `amounts` and `minimums` in minor units by currency, net; `terms` is
    for how many terms it holds, the first included.
    """

    prefix = "cmp"

    name = models.CharField(max_length=120)
    kind = models.TextField()
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    amounts = models.JSONField(default=dict)
    terms = models.IntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    types = models.JSONField(default=list)  # codes of product types
    plans = models.JSONField(default=list)  # codes of plans
    months = models.JSONField(default=list)  # frequencies
    minimums = models.JSONField(default=dict)
    for_new_customers = models.BooleanField(default=False)
    per_organization = models.IntegerField(null=True, default=1)
    created_by = models.TextField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(blank=True)

    class Meta:
        db_table = "promotions_campaign"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="percent", percent__gt=0, percent__lte=100)
                | models.Q(kind__in=["amount", "free"], percent=None),
                name="campaign_kind",
            ),
            models.CheckConstraint(condition=models.Q(terms__gte=1), name="campaign_terms"),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")), name="campaign_forwards"
            ),
            models.CheckConstraint(
                condition=models.Q(per_organization=None) | models.Q(per_organization__gte=1),
                name="campaign_per_organization",
            ),
        ]

    @property
    def is_amount(self) -> bool:
        return self.kind == Kind.AMOUNT

    def close(self, *, by: str, at: datetime) -> None:
        """Record that its codes are taken by no order any more."""
        self.closed_at, self.closed_by = at, by
        self.save(update_fields=["closed_at", "closed_by"])


class Code(Row):
    """
    What people type. `key` is how it compares: without case, blanks, hyphens and letters that look alike.

    `used` is kept by the database, from the uses; it never passes `most`.
    """

    prefix = "cod"

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="codes")
    text = models.CharField(max_length=40)
    key = models.CharField(max_length=40, unique=True)
    most = models.IntegerField(null=True)
    used = models.IntegerField(default=0, db_default=0)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "promotions_code"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used__gte=0) & (models.Q(most=None) | models.Q(used__lte=models.F("most"))),
                name="code_used_at_most",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "id"], name="code_of_campaign")]


class CodeUse(Row):
    """
    A code that an order took: it counts until the order ends unpaid and gives it back.

    Of the `slots` that a campaign has for an organization, a use takes one; none where there is no such limit.
    Units: `discount_minor` of `currency`, net, of the first term.
    """

    prefix = "use"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="uses")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="uses")
    order_id = models.UUIDField()
    slot = models.IntegerField(null=True)
    slots = models.IntegerField(null=True)
    discount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    taken_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promotions_use"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organization", "slot"], name="use_slot_once", condition=models.Q(returned_at=None)
            ),
            models.CheckConstraint(
                condition=models.Q(slot=None, slots=None) | models.Q(slot__gte=1, slot__lte=models.F("slots")),
                name="use_slot",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "order_id"], name="use_of_order"),
            models.Index(fields=["campaign", "taken_at"], name="use_of_campaign"),
        ]


class Grant(Row):
    """
    A complimentary offer: what staff give to one organization, to be ordered once until `expires_at`.

    Units: `budget_minor` of `currency` is what all its free terms together may be worth, net; `used_minor` what the
    first was.
    """

    prefix = "grt"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    product_type = models.SlugField()  # the code of the type
    plan = models.SlugField(blank=True)  # the code of the plan, where it is for that one alone
    months = models.IntegerField(null=True)
    terms = models.IntegerField(default=1)
    budget_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    granted_by_id = models.UUIDField(null=True)
    granted_by = models.TextField()
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    order_id = models.UUIDField(null=True)
    used_at = models.DateTimeField(null=True)
    used_minor = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promotions_grant"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(order_id=None, used_at=None, used_minor=None)
                | models.Q(order_id__isnull=False, used_at__isnull=False, used_minor__gte=0, withdrawn_at=None),
                name="grant_used_once",
            ),
            models.CheckConstraint(condition=models.Q(terms__gte=1, budget_minor__gt=0), name="grant_gives"),
            models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("granted_at")), name="grant_forwards"),
        ]
        indexes = [
            models.Index(fields=["organization", "-granted_at"], name="grant_newest"),
            models.Index(fields=["granted_by_id", "granted_at"], name="grant_by_agent"),
        ]

    @property
    def budget(self) -> Money:
        return Money(self.budget_minor, self.currency)

    def standing(self, *, at: datetime) -> Standing:
        """Return what became of it."""
        if self.used_at:
            return Standing.USED
        if self.withdrawn_at:
            return Standing.WITHDRAWN
        return Standing.EXPIRED if self.expires_at <= at else Standing.OPEN

    def use(self, *, order_id: object, discount: Money, at: datetime) -> None:
        """Record which order took it, and what it was worth."""
        self.order_id, self.used_at, self.used_minor = order_id, at, discount.minor  # type: ignore[assignment]  # a key
        self.save(update_fields=["order_id", "used_at", "used_minor"])

    def free(self) -> None:
        """Record that the order which had taken it ended unpaid."""
        self.order_id = self.used_at = self.used_minor = None
        self.save(update_fields=["order_id", "used_at", "used_minor"])

    def withdraw(self, *, at: datetime) -> None:
        """Record that staff took it back."""
        self.withdrawn_at = at
        self.save(update_fields=["withdrawn_at"])
