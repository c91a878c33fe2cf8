"""URLs of trust and status."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.trust import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("trust/", views.page, name="trust"),
    path(".well-known/security.txt", views.security_txt, name="security-txt"),
    path("status/", views.status, name="status"),
    path("status/feed/", views.feed, name="status-feed"),
    path("status/subscription/<token>/", views.subscription, name="status-subscription"),
    path("status/<inc>/", views.incident, name="status-incident"),
    path("cookies-and-javascript/", views.browser, name="browser-guide"),
]
