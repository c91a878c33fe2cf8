from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.feedback import views

urlpatterns: list[URLPattern | URLResolver] = [path("feedback/", views.give, name="feedback")]
