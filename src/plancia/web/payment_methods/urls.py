"""URLs of the payment methods of an organization."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.payment_methods import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounting/payment-methods/", views.payment_methods, name="payment-methods"),
    path("accounting/payment-methods/new/", views.new, name="payment-method-new"),
    path("accounting/payment-methods/<ppf>/default/", views.make_default, name="payment-method-default"),
    path("accounting/payment-methods/<ppf>/removal/", views.removal, name="payment-method-removal"),
]
