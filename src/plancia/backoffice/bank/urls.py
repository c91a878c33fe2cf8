"""URLs of the bank in the back office."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.backoffice.bank import refunds, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("bank/", views.entries, name="staff-bank"),
    path("bank/files/", views.take_file, name="staff-bank-file"),
    path("bank/<entry>/match/", views.match, name="staff-bank-match"),
    path("bank/<entry>/aside/", views.set_aside, name="staff-bank-aside"),
    path("bank/<entry>/return/", views.send_back, name="staff-bank-return"),
    path("bank/<entry>/search/", views.take_up, name="staff-bank-take-up"),
    path("payments/<payment>/", refunds.payment, name="staff-payment"),
    path("payouts/", views.payouts, name="staff-payouts"),
    path("payouts/files/", views.make_file, name="staff-payment-file-new"),
    path("payouts/files/<file>/", views.payment_file, name="staff-payment-file"),
    path("payouts/<payout>/release/", views.release, name="staff-payout-release"),
    path("payouts/<payout>/refusal/", views.refuse, name="staff-payout-refusal"),
    path("payouts/<payout>/sent/", views.sent, name="staff-payout-sent"),
]
