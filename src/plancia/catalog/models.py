from __future__ import annotations

from django.db import models

from plancia.catalog import texts
from plancia.kernel.money import Money
from plancia.kernel.rows import Row


class Edition(Row):
    """The catalogue after one import that changed something. The last `number` is the catalogue's version."""

    prefix = "edn"

    number = models.BigIntegerField(unique=True)
    imported_at = models.DateTimeField()
    imported_by = models.TextField()
    counts = models.JSONField()

    class Meta:
        db_table = "catalog_edition"


class Category(Row):
    """A group of product types, as the side menu shows it. Texts are by language: `{"it": …, "en": …}`."""

    prefix = "cat"

    code = models.SlugField(unique=True)
    position = models.IntegerField()
    names = models.JSONField()
    icon = models.TextField()

    class Meta:
        db_table = "catalog_category"

    @property
    def name(self) -> str:
        return texts.pick(self.names)


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
    # The least, net, that one invoice of a frequency may be: {"CHF": {"1": 500}}, in minor units.
    minimums = models.JSONField(default=dict, db_default={})
    months_ahead = models.IntegerField(default=36, db_default=36)
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        db_table = "catalog_product_type"

    @property
    def name(self) -> str:
        return texts.pick(self.names)

    @property
    def summary(self) -> str:
        return texts.pick(self.summaries)


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

    @property
    def name(self) -> str:
        return texts.pick(self.names)

    @property
    def title(self) -> str:
        """The plan's name after its type's: “Web hosting Start”. Asks for the type, so select it with the plan."""
        return f"{self.product_type.name} {self.name}"

    @property
    def feature_list(self) -> list[str]:
        return texts.pick_list(self.features)


class Price(Row):
    """
    What a plan costs for one term, net of tax. Never changed: a new price is a new version, and the old one ends.

    Units: `amount_minor` for one unit and one whole term of `months` months.
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
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="price_forwards",
            ),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
