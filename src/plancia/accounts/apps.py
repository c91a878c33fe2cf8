from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "plancia.accounts"
    label = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import user_logged_in
        from allauth.usersessions import signals

        # The engine would look at every session of the user at each sign-in; `sessions.begin` writes down the new one.
        user_logged_in.disconnect(signals.on_user_logged_in)
