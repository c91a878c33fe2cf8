"""URLs of what staff give away."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.backoffice.promotions import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("campaigns/", views.campaigns, name="staff-campaigns"),
    path("campaigns/new/", views.new_campaign, name="staff-campaign-new"),
    path("campaigns/<campaign>/", views.campaign, name="staff-campaign"),
    path("campaigns/<campaign>/codes/", views.make_codes, name="staff-campaign-codes"),
    path("campaigns/<campaign>/codes.csv", views.codes_file, name="staff-campaign-file"),
    path("campaigns/<campaign>/closing/", views.close_campaign, name="staff-campaign-closing"),
    path("grants/", views.grants, name="staff-grants"),
    path("grants/<grant>/withdrawal/", views.withdraw_grant, name="staff-grant-withdrawal"),
    path("organizations/<organization>/grants/", views.new_grant, name="staff-grant-new"),
    path("carts/", views.carts, name="staff-carts"),
]
