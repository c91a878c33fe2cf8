"""URLs of handing over."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.handover import views

organization: list[URLPattern | URLResolver] = [
    path("settings/transfers/", views.handovers, name="transfers"),
    path("settings/transfers/choice/", views.choice, name="handover-choice"),
    path("settings/transfers/new/", views.new_handover, name="new-handover"),
    path("settings/transfers/<hov>/", views.handover, name="handover"),
    path("settings/transfers/<hov>/cancellation/", views.handover_cancellation, name="handover-cancellation"),
]

urlpatterns: list[URLPattern | URLResolver] = [path("transfers/<token>/", views.accept, name="handover-accept")]
