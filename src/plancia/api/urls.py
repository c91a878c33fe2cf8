"""What machines call."""

from __future__ import annotations

from django.urls import path

from plancia.api import callbacks, tokens

urlpatterns = [
    path("v1/me/", tokens.me, name="api-me"),
    path("v1/products/", tokens.products, name="api-products"),
    path("callbacks/<slug:gateway>/", callbacks.receive, name="gateway-callback"),
]
