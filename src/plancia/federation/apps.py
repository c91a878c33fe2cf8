from django.apps import AppConfig


class FederationConfig(AppConfig):
    name = "plancia.federation"
    label = "federation"

    def ready(self) -> None:
        from allauth.idp.oidc.internal.oauthlib import server

        from plancia.federation import handlers  # noqa: F401  (importing it is what makes it listen)
        from plancia.federation.engine import RequestValidator

        # The engine names its judge here and has no setting for it. Source: docs/decisions/0052.
        server.OAuthLibRequestValidator = RequestValidator
