"""URLs of support, behind an organization."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.support import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("support/", views.support, name="support"),
    path("support/new/", views.new, name="support-new"),
    path("settings/support-access/", views.staff_access, name="support-access"),
    path("support/<srq>/", views.conversation, name="support-request"),
    path("support/<srq>/closing/", views.close, name="support-close"),
    path("support/<srq>/files/<sra>/", views.attachment, name="support-attachment"),
]
