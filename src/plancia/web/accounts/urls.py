"""URLs of the account pages. Names that begin with `account_` are those that the engine looks for."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from plancia.web.accounts import second_factor, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/sign-in/", views.sign_in, name="account_login"),
    path("account/sign-in/second-factor/", second_factor.ask_code, name="mfa_authenticate"),
    path("account/sign-in/passkey/", second_factor.sign_in_with_passkey, name="mfa_login_webauthn"),
    path("account/proof/", second_factor.proof, name="account_reauthenticate"),
    path("account/proof/code/", second_factor.proof_by_code, name="mfa_reauthenticate"),
    path("account/proof/passkey/", second_factor.proof_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("account/sign-in/forget/", views.forget_account, name="forget-account"),
    path("account/sign-out/", views.sign_out, name="account_logout"),
    path("account/sign-up/", views.sign_up, name="account_signup"),
    path("account/sign-up/code/", views.code, name="account_email_verification_sent"),
    path("account/sign-up/another-address/", views.another_address, name="another-address"),
    path("account/login-email/", views.login_email, name="account_email"),
    path("account/password/forgotten/", views.password_forgotten, name="account_reset_password"),
    path("account/password/forgotten/sent/", views.password_link_sent, name="account_reset_password_done"),
    path("account/password/changed/", views.password_changed, name="account_reset_password_from_key_done"),
    re_path(
        r"^account/password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_new,
        name="account_reset_password_from_key",
    ),
    path("account/closed/", views.closed, name="account_inactive"),
]
