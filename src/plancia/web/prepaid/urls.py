"""URLs of the prepaid account."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.prepaid import moving, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounting/prepaid/", views.prepaid, name="prepaid"),
    path("accounting/prepaid/statement.csv", views.statement_csv, name="prepaid-csv"),
    path("accounting/prepaid/statement.pdf", views.statement_pdf, name="prepaid-pdf"),
    path("accounting/prepaid/top-up/", moving.top_up, name="prepaid-top-up"),
    path("accounting/prepaid/transfer/", moving.transfer, name="prepaid-transfer"),
    path("accounting/prepaid/withdrawal/", moving.withdrawal, name="prepaid-withdrawal"),
    path("accounting/prepaid/automatic/", moving.automatic_top_up, name="prepaid-automatic"),
    path("accounting/prepaid/automatic/end/", moving.automatic_end, name="prepaid-automatic-end"),
]
