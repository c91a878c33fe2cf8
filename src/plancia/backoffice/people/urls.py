"""URLs of the back office about people."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.backoffice.people import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("users/", views.users, name="staff-users"),
    path("users/<usr>/", views.user, name="staff-user"),
    path("users/<usr>/sessions/end/", views.end_sessions, name="staff-end-sessions"),
    path("users/<usr>/password/", views.require_password, name="staff-require-password"),
    path("users/<usr>/roles/", views.staff_roles, name="staff-roles"),
    path("organizations/<organization>/look/", views.look_in, name="staff-look-in"),
    path("look/end/", views.end_look, name="staff-look-end"),
]
