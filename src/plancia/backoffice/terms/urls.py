"""URLs of staff's side of terms."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.backoffice.terms import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("dry-run/", views.dry_run, name="staff-dry-run"),
    path("attempts/", views.attempts, name="staff-attempts"),
    path("timetable/", views.timetable, name="staff-timetable"),
    path("organizations/<organization>/clock/", views.clock_of, name="staff-clock"),
]
