"""URLs: wiring only."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from plancia.ops import views as ops

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", ops.healthz, name="healthz"),
    path("api/", include("plancia.api.urls")),
    path("staff/", include("plancia.backoffice.urls")),
    path("staff/", include("plancia.backoffice.connected_apps")),
    path("", include("plancia.web.urls")),
]

handler400 = "plancia.web.errors.bad_request"
handler403 = "plancia.web.errors.forbidden"
handler404 = "plancia.web.errors.not_found"
handler429 = "plancia.web.errors.too_many"
handler500 = "plancia.web.errors.broken"
