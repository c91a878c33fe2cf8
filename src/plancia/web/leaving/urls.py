"""URLs of leaving: those behind an organization, and those that a mail links to."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.leaving import declarations, deletion, views

organization: list[URLPattern | URLResolver] = [
    path("cancellations/", views.cancellations, name="cancellations"),
    path("cancellations/types/", views.types, name="cancellation-types"),
    path("cancellations/types/<slug:type>/", views.choice, name="cancellation-choice"),
    path("cancellations/new/", views.new, name="cancellation-new"),
    path("cancellations/look/", views.look_again, name="cancellation-look"),
    path("cancellations/<crq>/", views.cancellation, name="cancellation"),
    path("cancellations/<crq>/withdrawal/", views.withdrawal, name="cancellation-withdrawal"),
    path("cancellations/<crq>/reminder/", views.reminder, name="cancellation-reminder"),
    path("settings/organization/deletion/", deletion.organization_deletion, name="organization-deletion"),
    path("products/<sub>/withdrawal/", declarations.withdraw, name="product-withdrawal"),
    path("products/<sub>/cancellation/", views.of_product, name="product-cancellation"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("cancel/", declarations.declare, name="declare-cancellation"),
    path("deletions/<token>/", deletion.certificate, name="deletion-certificate"),
    path("deletions/<token>/pdf/", deletion.certificate_pdf, name="deletion-certificate-pdf"),
    path("archives/<token>/", deletion.archive, name="farewell-archive"),
    path("cancellation/<token>/", views.link, name="cancellation-link"),
]
