"""
Settings: read from the environment, with defaults that run.

Every variable is described in docs/settings.md; a test compares the two.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from plancia.ops import database, home, statics

HOME = home.directory()
MODE = os.environ.get("PLANCIA_MODE", "production")  # production, demo or test
IS_DEMO = MODE == "demo"

DEBUG = False
BASE_URL = os.environ.get("PLANCIA_BASE_URL", f"http://localhost:{os.environ.get('PORT', '8000')}").rstrip("/")
ALLOWED_HOSTS = [host for host in os.environ.get("PLANCIA_HOSTS", "*").split(",") if host]
SECRET_KEY = os.environ.get("PLANCIA_SECRET_KEY") or home.secret("secret-key", make=lambda: secrets.token_urlsafe(50))

IS_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if IS_SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("PLANCIA_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "procrastinate.contrib.django",
    "lucide",
    "plancia.outbox",
    "plancia.audit",
    "plancia.ledger",
    "plancia.accounts",
    "plancia.organizations",
    "plancia.payments",
    "plancia.bank",
    "plancia.wallet",
    "plancia.catalog",
    "plancia.provisioning",
    "plancia.support",
    "plancia.billing",
    "plancia.knowledge",
    "plancia.subscriptions",
    "plancia.promotions",
    "plancia.shop",
    "plancia.mailboxes",
    "plancia.federation",
    "plancia.leaving",
    "plancia.handover",
    "plancia.notices",
    "plancia.kit",
    "plancia.demo",
    "plancia.web",
    "plancia.api",
    "plancia.backoffice",
    "plancia.ops",
    "django.forms",  # last: the kit draws some of its widgets anew
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "plancia.web.middleware.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "plancia.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "plancia.web.departures.DepartureMiddleware",
    "plancia.web.middleware.TenancyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "plancia.config.urls"
WSGI_APPLICATION = "plancia.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "plancia.web.shell.context",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "plancia.kit.templatetags.keeping",
                "plancia.kit.templatetags.ui",
                "plancia.kit.templatetags.words",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.app_directories.Loader"],
                )
            ],
        },
    }
]
FORM_RENDERER = "plancia.kit.forms.KitRenderer"

DATABASES = database.settings(HOME, is_pooled=MODE != "test")
DATABASE_ROUTERS = ["plancia.kernel.transaction.PrincipalRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "plancia.kernel.cache.OneStatementCache",
        "LOCATION": "plancia_cache",
    }
}
SESSION_ENGINE = "plancia.accounts.session_store"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["plancia.accounts.backend.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "plancia.accounts.keys.KeyHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "plancia.accounts.passwords.StrengthValidator"},
    {"NAME": "plancia.accounts.passwords.LeakValidator"},
    {"NAME": "plancia.mailboxes.passwords.UnifiedMailbox"},
]

# allauth is the engine of sign-in; the pages and the rules of who may join are ours (plancia.web.accounts).
ACCOUNT_ADAPTER = "plancia.web.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# A new address is proven by a code, on the same page whether it is new or taken. Source: docs/decisions/0012.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
PASSWORD_RESET_TIMEOUT = 4 * 3600
CSRF_FAILURE_VIEW = "plancia.web.errors.csrf_failure"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {
    "login": "plancia.web.accounts.forms.SignInForm",
    "signup": "plancia.web.accounts.forms.SignUpForm",
    "reset_password": "plancia.web.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "plancia.web.accounts.forms.NewPasswordForm",
    "reauthenticate": "plancia.web.accounts.forms.ProofByPasswordForm",
    "confirm_email_verification_code": "plancia.web.accounts.forms.CodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "plancia.web.accounts.second_factor.SecondFactorAdapter"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "plancia.web.accounts.forms.SecondFactorForm",
    "reauthenticate": "plancia.web.accounts.forms.ProofByCodeForm",
    "activate_totp": "plancia.web.accounts.forms.AuthenticatorAppForm",
    "add_webauthn": "plancia.web.accounts.forms.PasskeyForm",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Who guesses is stopped by address of the network and by account; a device that the account knows counts by itself, so
# that guessing elsewhere keeps nobody out of her own account. Source: docs/decisions/0050.
# What anybody may send, machines send too.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key", "declaration": "10/h/ip", "feedback": "20/h/ip"}
LOGIN_EMAIL_UNDO = timedelta(hours=int(os.environ.get("PLANCIA_LOGIN_EMAIL_UNDO_HOURS", "72")))
# One sign-in for all apps. Tokens are short-lived: what an app knows is asked anew at each refresh.
IDP_OIDC_ADAPTER = "plancia.federation.engine.Adapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 600
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 3600
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = False
# API tokens: how long they are good for, unless the user says otherwise, and at most.
API_TOKEN_DAYS = int(os.environ.get("PLANCIA_API_TOKEN_DAYS", "90"))
API_TOKEN_DAYS_MOST = int(os.environ.get("PLANCIA_API_TOKEN_DAYS_MOST", "366"))
# How long a user may change her mind about closing her account.
ACCOUNT_CLOSES_AFTER = timedelta(days=int(os.environ.get("PLANCIA_ACCOUNT_CLOSES_AFTER_DAYS", "30")))
# Who knows leaked passwords: a server of the range protocol, https://api.pwnedpasswords.com. Empty: nobody is asked.
BREACH_URL = os.environ.get("PLANCIA_BREACH_URL", "").rstrip("/")
# Who looks up records of domains: a resolver over HTTPS that answers in JSON. Empty: nobody is asked.
DNS_URL = os.environ.get("PLANCIA_DNS_URL", "").rstrip("/")

# The country decides the currency of an organization; where no line names it, the default does. "CH:CHF,LI:CHF".
CURRENCY = os.environ.get("PLANCIA_CURRENCY", "EUR")
CURRENCY_OF_COUNTRY = dict(
    line.strip().split(":")
    for line in os.environ.get("PLANCIA_CURRENCY_OF_COUNTRY", "CH:CHF,LI:CHF").split(",")
    if line
)

# Who issues the invoices: a TOML file like the bundled one, with company, numbers and bank account.
PROVIDER = Path(os.environ.get("PLANCIA_PROVIDER") or Path(__file__).parent.parent / "billing" / "provider.toml")

# Where VAT numbers of the European Union are confirmed; empty: check digits alone count. Days for which a number whose
# check digits are right counts while the register does not answer, and after which a confirmed one is asked about anew.
VIES_URL = os.environ.get("PLANCIA_VIES_URL", "").rstrip("/")
VIES_GRACE_DAYS = int(os.environ.get("PLANCIA_VIES_GRACE_DAYS", "30"))
VIES_AGAIN_DAYS = int(os.environ.get("PLANCIA_VIES_AGAIN_DAYS", "90"))

# The gateway that rehearses card payments, without money: in the demo and in tests, or where its address is named.
_REHEARSAL_PORT = int(os.environ.get("PORT") or "8000") + 1
REHEARSAL_GATEWAY_URL = os.environ.get(
    "PLANCIA_REHEARSAL_GATEWAY_URL", "" if MODE == "production" else f"http://127.0.0.1:{_REHEARSAL_PORT}"
).rstrip("/")
REHEARSAL_GATEWAY_SECRET = home.secret("rehearsal-gateway", make=lambda: secrets.token_urlsafe(32))

ORDER_WAITS_DAYS = int(os.environ.get("PLANCIA_ORDER_WAITS_DAYS", "30"))  # an unpaid order expires after that
# Days before the end of a term (offer, collect), and after it while the next stays unpaid (restrict and on).
SUBSCRIPTION_DAYS = {"offer": 30, "collect": 14, "restrict": 7, "suspend": 14, "terminate": 44} | {
    step: int(days)
    for step, _colon, days in (
        part.strip().partition(":") for part in os.environ.get("PLANCIA_SUBSCRIPTION_DAYS", "").split(",") if part
    )
}
DUNNING = os.environ.get("PLANCIA_DUNNING") or str(Path(__file__).parents[1] / "subscriptions" / "dunning.toml")
PROMO_CODES_AT_ONCE = int(os.environ.get("PLANCIA_PROMO_CODES_AT_ONCE", "10000"))
# What one agent may give away, in minor units of the organization's currency: in one offer, and in thirty days.
COMPLIMENTARY_MOST = int(os.environ.get("PLANCIA_COMPLIMENTARY_MOST", "50000"))
COMPLIMENTARY_MONTHLY = int(os.environ.get("PLANCIA_COMPLIMENTARY_MONTHLY", "500000"))
CANCELLATION_LINK_DAYS = int(
    os.environ.get("PLANCIA_CANCELLATION_LINK_DAYS", "14")
)  # the link to confirm lives so long
CANCELLATION_REMINDER_DAYS = sorted(
    int(day) for day in os.environ.get("PLANCIA_CANCELLATION_REMINDER_DAYS", "3,7,12").split(",") if day.strip()
)
# What the provider vouches for, as its trust page shows: a TOML file like the bundled one.
TRUST = Path(os.environ.get("PLANCIA_TRUST") or Path(__file__).parent.parent / "support" / "trust.toml")
# What the law of a country lets us ask of somebody who leaves, and how long things are kept: TOML files.
LEAVING_LAWS = Path(os.environ.get("PLANCIA_LEAVING_LAWS") or Path(__file__).parent.parent / "leaving" / "laws.toml")
RETENTION = Path(os.environ.get("PLANCIA_RETENTION") or Path(__file__).parent.parent / "leaving" / "retention.toml")
# Cards by Stripe, and PayPal: on where a key is given. The addresses are for tests.
STRIPE_KEY = os.environ.get("PLANCIA_STRIPE_KEY", "")
STRIPE_WEBHOOK_SECRET = os.environ.get("PLANCIA_STRIPE_WEBHOOK_SECRET", "")
STRIPE_URL = os.environ.get("PLANCIA_STRIPE_URL", "https://api.stripe.com").rstrip("/")
PAYPAL_CLIENT = os.environ.get("PLANCIA_PAYPAL_CLIENT", "")
PAYPAL_SECRET = os.environ.get("PLANCIA_PAYPAL_SECRET", "")
PAYPAL_WEBHOOK = os.environ.get("PLANCIA_PAYPAL_WEBHOOK", "")
PAYPAL_URL = os.environ.get("PLANCIA_PAYPAL_URL", "https://api-m.paypal.com").rstrip("/")
# Of the prepaid account, in units of its currency: the least and, by method, the most of one top-up; the most on it.
PREPAID_LIMITS = {"least": "5", "card": "5000", "paypal": "2000", "balance": "20000"} | {
    name: amount
    for name, _colon, amount in (
        part.strip().partition(":") for part in os.environ.get("PLANCIA_PREPAID_LIMITS", "").split(",") if part
    )
}
FOUR_EYES = os.environ.get("PLANCIA_FOUR_EYES", "1000")  # above it, two of the staff release a payout
BRAKE_RULES = os.environ.get("PLANCIA_BRAKE", "")  # a file of rules that hold orders; empty: the bundled ones
COUNTRY_HEADER = os.environ.get("PLANCIA_COUNTRY_HEADER", "")  # in which our proxy says where a visitor comes from
QUOTE_HOLDS_DAYS = int(os.environ.get("PLANCIA_QUOTE_HOLDS_DAYS", "30"))  # how long a quote holds its prices
CART_LINES_MAX = int(os.environ.get("PLANCIA_CART_LINES_MAX", "500"))
TERMS_URL = os.environ.get("PLANCIA_TERMS_URL", "")  # the general terms that customers accept at checkout

INVITATION_DAYS = int(os.environ.get("PLANCIA_INVITATION_DAYS", "14"))
# Who accepts an invitation has to have proven the address that it was sent to.
INVITATION_ADDRESS_MATCHES = os.environ.get("PLANCIA_INVITATION_ADDRESS_MATCHES", "yes") == "yes"
HANDOVER_DAYS = int(os.environ.get("PLANCIA_HANDOVER_DAYS", "14"))  # how long an offer of products stands
LOOK_IN_MINUTES = int(os.environ.get("PLANCIA_LOOK_IN_MINUTES", "30"))  # staff look at a console for so long
INVITATIONS_A_DAY = int(os.environ.get("PLANCIA_INVITATIONS_A_DAY", "100"))  # of one organization

LANGUAGE_CODE = os.environ.get("PLANCIA_LANGUAGE", "en")
LANGUAGES = [("it", _("Italian")), ("en", _("English")), ("fr", _("French")), ("de", _("German")), ("es", _("Spanish"))]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [Path(__file__).parent.parent / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = os.environ.get("PLANCIA_TIME_ZONE", "Europe/Zurich")

STATIC_URL = "/static/"
STATIC_ROOT = statics.root(HOME)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "plancia.kit.storage.BundledStaticFilesStorage"
        if MODE != "test"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE == "test"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Mail is written down with the change that causes it, and sent afterwards by the worker (plancia.notices).
EMAIL_BACKEND = "plancia.notices.outgoing.WrittenDownBackend"
DEFAULT_FROM_EMAIL = os.environ.get("PLANCIA_MAIL_FROM", "Plancia <console@localhost>")
SUPPORT_ADDRESS = os.environ.get("PLANCIA_SUPPORT_ADDRESS", "support@localhost")  # answers to it continue a request
MAIL_URL = os.environ.get("PLANCIA_MAIL_URL", "")  # smtp://user:password@host:587?tls=1; empty: kept, not sent
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

PROCRASTINATE_DATABASE_ALIAS = "staff"
PROCRASTINATE_ON_APP_READY = "plancia.ops.timetable.register"
PROCRASTINATE_IMPORT_PATHS = [
    "plancia.federation.jobs",
    "plancia.leaving.jobs",
    "plancia.outbox.jobs",
    "plancia.notices.jobs",
    "plancia.provisioning.jobs",
    "plancia.ops.timetable",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("PLANCIA_LOG_LEVEL", "WARNING")},
}
