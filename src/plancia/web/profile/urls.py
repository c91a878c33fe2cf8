"""URLs of the profile."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from plancia.web.profile import security, views

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
    path("profile/devices/", security.devices, name="profile-devices"),
    path("profile/devices/end/", security.end_sessions, name="profile-sessions-end"),
    path("profile/devices/<int:session>/end/", security.end_session, name="profile-session-end"),
]
