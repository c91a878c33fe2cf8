"""URLs of the back office."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from plancia.backoffice import held, leaving, retention, status, support, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="staff"),
    path("", include("plancia.backoffice.promotions.urls")),
    path("", include("plancia.backoffice.accounting.urls")),
    path("", include("plancia.backoffice.help_centre.urls")),
    path("", include("plancia.backoffice.terms.urls")),
    path("", include("plancia.backoffice.people.urls")),
    path("organizations/", views.organizations, name="staff-organizations"),
    path("organizations/<organization>/", views.organization, name="staff-organization"),
    path("orders/held/", held.held, name="staff-held"),
    path("orders/<order>/release/", held.release, name="staff-held-release"),
    path("orders/<order>/refusal/", held.refuse, name="staff-held-refusal"),
    path("orders/", views.orders, name="staff-orders"),
    path("orders/<order>/", views.order, name="staff-order"),
    path("orders/<order>/transfer/", views.confirm_transfer, name="staff-confirm-transfer"),
    path("invoices/", views.invoices, name="staff-invoices"),
    path("invoices/<invoice>/transfer/", views.confirm_invoice_transfer, name="staff-confirm-invoice-transfer"),
    path("", include("plancia.backoffice.bank.urls")),
    path("products/", views.products, name="staff-products"),
    path("payments/", views.payments, name="staff-payments"),
    path("provisioning/", views.provisioning, name="staff-provisioning"),
    path("provisioning/<resource>/attempt/", views.attempt, name="staff-attempt"),
    path("requests/", support.inbox, name="staff-requests"),
    path("requests/answers/", support.canned, name="staff-canned"),
    path("requests/<srq>/", support.answer, name="staff-request"),
    path("requests/<srq>/move/", support.move, name="staff-move-request"),
    path("requests/<srq>/files/<sra>/", support.attachment, name="staff-attachment"),
    path("status/", status.status, name="staff-status"),
    path("status/<inc>/", status.incident, name="staff-incident"),
    path("feedback/", leaving.feedback, name="staff-feedback"),
    path("declarations/", leaving.declared, name="staff-declarations"),
    path("declarations/<declaration>/settlement/", leaving.settle, name="staff-settle-declaration"),
    path("retention/", retention.runs, name="staff-retention"),
    path("retention/rules/", retention.dry_run, name="staff-retention-rules"),
    path("retention/holds/", retention.held_back, name="staff-holds"),
    path("retention/holds/<lgh>/end/", retention.end_hold, name="staff-hold-end"),
    path("retention/<rtr>/", retention.run, name="staff-retention-run"),
    path("organizations/<organization>/hold/", retention.hold_organization, name="staff-hold-organization"),
    path("users/<usr>/hold/", retention.hold_user, name="staff-hold-user"),
    path("tasks/<task>/completion/", views.finish_task, name="staff-finish-task"),
]
