"""URLs of renewals, below an organization."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.renewals import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("products/<sub>/renewal/", views.renewal, name="product-renewal"),
    path("products/<sub>/auto-renewal/", views.switch, name="product-auto-renewal"),
    path("accounting/auto-renewal/", views.auto_renewals, name="auto-renewals"),
    path("accounting/auto-renewal/choice/", views.switch_many, name="auto-renewals-choice"),
    path("accounting/auto-renewal/grouping/", views.group, name="auto-renewals-grouping"),
    path("accounting/invoices/<inv>/promise/", views.promise, name="invoice-promise"),
]
