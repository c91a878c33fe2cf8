"""URLs of the profile."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.accounts import second_factor
from plancia.web.profile import applications, leave, security, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/", views.profile, name="profile"),
    path("profile/person/", views.person, name="profile-person"),
    path("profile/login-email/", views.change_login_email, name="profile-login-email"),
    path("profile/login-email/withdrawal/", views.withdraw_login_email, name="profile-login-email-withdrawal"),
    path("profile/login-email/proof/<key>/", views.prove_login_email, name="profile-login-email-proof"),
    path("profile/login-email/undo/<key>/", views.undo_login_email, name="profile-login-email-undo"),
    path("profile/password/", views.change_password, name="profile-password"),
    path("profile/password/strength/", views.password_strength, name="profile-password-strength"),
    path("profile/activity/", views.show_activity, name="profile-activity"),
    path("profile/security/", security.security, name="profile-security"),
    path("profile/security/alerts/", security.sign_in_alerts, name="profile-sign-in-alerts"),
    path("profile/security/recovery-email/", security.recovery_email, name="profile-recovery-email"),
    path(
        "profile/security/recovery-email/removal/",
        security.remove_recovery_email,
        name="profile-recovery-email-removal",
    ),
    path(
        "profile/security/recovery-email/proof/<key>/",
        security.prove_recovery_email,
        name="profile-recovery-email-proof",
    ),
    path("profile/security/recovery-phone/", security.recovery_phone, name="profile-recovery-phone"),
    path("profile/security/second-factor/", second_factor.overview, name="mfa_index"),
    path("profile/security/app/", second_factor.add_app, name="mfa_activate_totp"),
    path("profile/security/app/removal/", second_factor.remove_app, name="mfa_deactivate_totp"),
    path("profile/security/codes/", second_factor.show_codes, name="mfa_view_recovery_codes"),
    path("profile/security/codes/new/", second_factor.new_codes, name="mfa_generate_recovery_codes"),
    path("profile/security/codes/download/", second_factor.download_codes, name="mfa_download_recovery_codes"),
    path("profile/security/passkeys/", second_factor.overview, name="mfa_list_webauthn"),
    path("profile/security/passkeys/new/", second_factor.add_passkey, name="mfa_add_webauthn"),
    path("profile/security/passkeys/<int:pk>/removal/", second_factor.remove_passkey, name="mfa_remove_webauthn"),
    path("profile/applications/", applications.applications, name="profile-applications"),
    path(
        "profile/applications/passwords/new/",
        applications.new_application_password,
        name="profile-application-password",
    ),
    path(
        "profile/applications/passwords/<key>/removal/",
        applications.remove_application_password,
        name="profile-application-password-removal",
    ),
    path("profile/applications/tokens/new/", applications.new_token, name="profile-token"),
    path("profile/applications/tokens/<key>/removal/", applications.remove_token, name="profile-token-removal"),
    path("profile/mailboxes/<mbx>/password/", applications.mailbox_password, name="profile-mailbox-password"),
    path("profile/mailboxes/free/", leave.free_mailboxes, name="profile-free-mailboxes"),
    path("profile/mailboxes/<mbx>/closing/", leave.close_mailbox, name="profile-mailbox-closing"),
    path("profile/leak/", leave.password_leaked, name="profile-leak"),
    path("profile/leak/done/", leave.leak_done, name="profile-leak-done"),
    path("profile/data/", leave.own_data, name="profile-data"),
    path("profile/data/export/", leave.ask_export, name="profile-export-asked"),
    path("profile/data/export/<exp>/", leave.download_export, name="profile-export"),
    path("profile/closing/", leave.close_account, name="profile-closing"),
    path("profile/closing/withdrawal/", leave.keep_account, name="profile-account-kept"),
    path("profile/devices/", security.devices, name="profile-devices"),
    path("profile/devices/end/", security.end_sessions, name="profile-sessions-end"),
    path("profile/devices/<int:session>/end/", security.end_session, name="profile-session-end"),
]
