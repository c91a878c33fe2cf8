"""What machines call."""

from __future__ import annotations

from django.urls import path

from plancia.api import callbacks

urlpatterns = [
    path("callbacks/<slug:gateway>/", callbacks.receive, name="gateway-callback"),
]
