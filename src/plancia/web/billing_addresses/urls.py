"""URLs of the billing addresses, below an organization."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.billing_addresses import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounting/addresses/", views.billing_addresses, name="billing-addresses"),
    path("accounting/addresses/new/", views.new_billing_address, name="new-billing-address"),
    path("accounting/addresses/<adr>/", views.billing_address, name="billing-address"),
    path("accounting/addresses/<adr>/use/", views.billing_address_use, name="billing-address-use"),
    path("accounting/addresses/<adr>/removal/", views.billing_address_removal, name="billing-address-removal"),
    path("products/<sub>/reference/", views.product_reference, name="product-reference"),
]
