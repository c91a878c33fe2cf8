from __future__ import annotations

from django.db import models

from plancia.kernel.money import Money
from plancia.kernel.rows import Row


class Category(Row):
    """A group of product types, as the side menu shows it. Texts are by language: `{"it": …, "en": …}`."""

    prefix = "cat"

    code = models.SlugField(unique=True)
    position = models.IntegerField()
    names = models.JSONField()
    icon = models.TextField()

    class Meta:
        db_table = "catalog_category"


class ProductType(Row):
    """A kind of product: web hosting, domain name. `settings` describes what a customer chooses (catalog.choices)."""

    prefix = "typ"

    code = models.SlugField(unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="types")
    position = models.IntegerField()
    names = models.JSONField()
    summaries = models.JSONField()
    icon = models.TextField()
    driver = models.TextField()
    settings = models.JSONField(default=list)
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        db_table = "catalog_product_type"


class Plan(Row):
    """A priced variant of a type. `specification` is what provisioning receives."""

    prefix = "pln"

    product_type = models.ForeignKey(ProductType, on_delete=models.PROTECT, related_name="plans")
    code = models.SlugField(unique=True)
    position = models.IntegerField()
    names = models.JSONField()
    features = models.JSONField(default=dict)  # {"it": ["…", …], …}
    specification = models.JSONField(default=dict)
    max_quantity = models.IntegerField(default=1)
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        db_table = "catalog_plan"


class Price(Row):
    """
    What a plan costs for one term, net of tax. Never changed: a new price is a new version, and the old one ends.

    Units: `amount_minor` for one unit and one whole term of `months` months; 0 months is paid once.
    """

    prefix = "prc"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3)
    months = models.IntegerField()
    version = models.IntegerField()
    amount_minor = models.BigIntegerField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "catalog_price"
        constraints = [
            models.UniqueConstraint(fields=["plan", "currency", "months", "version"], name="price_version_once"),
            models.UniqueConstraint(
                fields=["plan", "currency", "months"], name="price_in_force_once", condition=models.Q(valid_until=None)
            ),
            models.CheckConstraint(condition=models.Q(amount_minor__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=models.Q(months__in=[1, 3, 12, 24, 36]), name="price_months"),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
