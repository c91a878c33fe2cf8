"""URLs that apps know. The engine looks them up under its own names."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from plancia.web.federation import views

_oidc: list[URLPattern | URLResolver] = [
    path(".well-known/openid-configuration", views.configuration, name="configuration"),
    path(".well-known/jwks.json", views.jwks, name="jwks"),
    path("identity/authorize", views.authorization, name="authorization"),
    path("identity/token", views.token, name="token"),
    path("identity/userinfo", views.userinfo, name="userinfo"),
    path("identity/revoke", views.revoke, name="revoke"),
    path("identity/logout", views.sign_out, name="logout"),
]
_idp: list[URLPattern | URLResolver] = [path("", include((_oidc, "oidc"), namespace="oidc"))]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_idp, "idp"), namespace="idp")),
    path("profile/applications/apps/<consent>/removal/", views.take_back, name="profile-app-removal"),
]
