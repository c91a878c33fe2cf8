"""URLs of what is to pay, below an organization."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.to_pay import paying, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.to_pay, name="to-pay"),
    path("selections/", views.select, name="selections"),
    path("selections/<sel>/", paying.selection, name="selection"),
    path("selections/<sel>/payment/", paying.pay, name="selection-payment"),
    path("selections/<sel>/pro-forma/", paying.pro_forma, name="selection-pro-forma"),
]
