"""URLs of the customer's console, the shop window and the account pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from plancia.web.home import views as home
from plancia.web.pieces import views as pieces
from plancia.web.preferences import views as preferences

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.start, name="home"),
    path("language/", preferences.language, name="language"),
    path("theme/", preferences.theme, name="theme"),
    path("kit/", pieces.kit, name="kit"),
    path("", include("plancia.web.accounts.urls")),
]
