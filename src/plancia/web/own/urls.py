"""URLs of one's organizations."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.log import views as log
from plancia.web.own import views

organization: list[URLPattern | URLResolver] = [
    path("settings/organization/", views.my_organization, name="my-organization"),
    path("settings/security/", views.security_policy, name="security-policy"),
    path("settings/log/", log.log, name="log"),
    path("settings/log/export.csv", log.log_export, name="log-export"),
    path("settings/log/check/", log.log_check, name="log-check"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("organizations/", views.organizations, name="organizations"),
    path("organizations/new/", views.new_organization, name="new-organization"),
    path("clients/", views.clients, name="clients"),
]
