"""URLs of invoices as files, below an organization."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.invoices import files

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounting/invoices/list.csv", files.invoices_csv, name="invoices-csv"),
    path("accounting/invoices/archives/", files.archives_page, name="invoice-archives"),
    path("accounting/invoices/archives/<arc>/", files.archive_file, name="invoice-archive"),
    path("accounting/invoices/<inv>/ubl/", files.invoice_ubl, name="invoice-ubl"),
    path("accounting/invoices/<inv>/fattura-pa/", files.invoice_fattura_pa, name="invoice-fattura-pa"),
]
