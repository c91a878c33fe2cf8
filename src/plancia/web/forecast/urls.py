"""URLs of the forecast, below an organization; the calendar's secret address is elsewhere."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.forecast import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounting/forecast/", views.forecast, name="forecast"),
    path("accounting/forecast/csv/", views.forecast_csv, name="forecast-csv"),
    path("accounting/forecast/calendar/", views.calendar_address, name="forecast-calendar"),
]
