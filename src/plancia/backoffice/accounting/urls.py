"""URLs of the accounting in the back office."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.backoffice.accounting import invoices, ledger, reports

urlpatterns: list[URLPattern | URLResolver] = [
    path("invoices/<invoice>/", invoices.invoice, name="staff-invoice"),
    path("invoices/<invoice>/pdf/", invoices.invoice_pdf, name="staff-invoice-pdf"),
    path("invoices/<invoice>/credit-note/", invoices.credit_note, name="staff-credit-note"),
    path("vat/", reports.vat, name="staff-vat"),
    path("vat/report.csv", reports.vat_csv, name="staff-vat-csv"),
    path("open-items/", reports.open_items, name="staff-open-items"),
    path("ledger/", ledger.headings, name="staff-ledger"),
    path("ledger/headings/<heading>/", ledger.heading, name="staff-heading"),
    path("ledger/accounts/<account>/", ledger.account, name="staff-account"),
    path("ledger/postings/<posting>/", ledger.posting, name="staff-posting"),
    path("ledger/documents/<document>/", ledger.document, name="staff-postings-of"),
]
