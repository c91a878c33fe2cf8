"""
Records: what of the database each rule of retention is about, and what becomes of it.

Every table is named here: under a rule, or with the reason why none is needed. A test reads the database's catalogue
and fails for a table that is not. Source: GDPR, art. 5 (1) e; docs/decisions/0105-retention-is-data.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import Exists, Model, OuterRef, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import Activity, AddressChange, ApiToken, ApplicationPassword, Export
from plancia.audit.models import Entry
from plancia.bank.models import BankEntry, BankFile, PaymentFile, Payout
from plancia.billing.models import Archive, Document, Invoice, VatCheck
from plancia.federation.models import AppSession
from plancia.leaving.models import CancellationRequest, Declaration
from plancia.mailboxes.models import Mailbox
from plancia.organizations.models import Invitation, LookIn
from plancia.outbox.models import Fact
from plancia.payments.models import Callback, Profile
from plancia.shop.models import Cart, Order, Quote
from plancia.support.models import AccessGrant, Feedback, StatusSubscriber, SupportRequest

#: What stands where something was erased of a row that stays.
GONE, GONE_EMAIL = "–", "erased@invalid.example"
_NOBODY = JSONObject(name=Value(GONE), country=KT("buyer__country"), kind=KT("buyer__kind"))


@dataclass(frozen=True, slots=True)
class Records:
    """
    Rows of one table under a rule. Their time runs from `since`; without it, they are not over.

    `organization` and `user` are the columns that say whose they are: a country's own period, and a legal hold, are
    found by them. `blank` is what becomes of their columns; without it, the rows go, with those of `children`.
    """

    model: type[Model]
    since: str
    organization: str = "organization_id"
    user: str = ""
    only: Q = field(default_factory=Q)
    blank: Mapping[str, object] = field(default_factory=dict)
    children: Sequence[str] = ()

    @property
    def table(self) -> str:
        return self.model._meta.db_table


#: What each rule is about. The names are those of retention.toml.
RECORDS: Mapping[str, Sequence[Records]] = {
    "documents": (
        Records(Invoice, "issued_at", only=~Q(buyer__name=GONE), blank={"buyer": _NOBODY}),
        Records(Document, "rendered_at"),
        Records(Order, "placed_at", only=~Q(buyer__name=GONE), blank={"buyer": _NOBODY}),
        Records(
            BankEntry,
            "booked_on",
            only=Q(name__gt="") & ~Q(name=GONE) | Q(iban__gt="") | Q(message__gt="") | Q(note__gt=""),
            blank={"name": GONE, "iban": "", "message": "", "note": ""},
        ),
        Records(Payout, "ended_at", only=Q(method="transfer") & ~Q(iban=GONE), blank={"iban": GONE, "holder": GONE}),
        Records(
            Payout,
            "ended_at",
            only=Q(method="paypal") & ~Q(paypal_email=GONE_EMAIL),
            blank={"paypal_email": GONE_EMAIL, "holder": GONE},
        ),
        Records(BankFile, "imported_at", "", only=~Q(content=b""), blank={"content": b"", "name": ""}),
        Records(PaymentFile, "made_at", "", only=Q(content__gt=""), blank={"content": ""}),
        Records(VatCheck, "asked_at"),
        Records(Archive, "finished_at"),
    ),
    "log": (
        Records(
            Entry,
            "at",
            only=Q(is_forgotten=False),
            blank={"is_forgotten": True, "actor_label": GONE, "actor_user_id": None, "ip": "", "details": {}},
        ),
    ),
    "activity": (
        Records(Activity, "at", "", "user_id"),
        Records(AddressChange, "asked_at", "", "user_id"),
    ),
    "sessions": (
        Records(Session, "expire_date", ""),
        Records(
            UserSession,
            "last_seen_at",
            "",
            "user_id",
            only=~Q(Exists(Session.objects.filter(session_key=OuterRef("session_key")))),
        ),
    ),
    "app-sessions": (Records(AppSession, "ended_at", "", "user_id"),),
    "keys": (
        Records(ApplicationPassword, "revoked_at", "", "user_id"),
        Records(ApiToken, "revoked_at", user="user_id"),
        Records(ApiToken, "expires_at", user="user_id"),
    ),
    "exports": (Records(Export, "expires_at", "", "user_id"),),
    "mail": (Records(apps.get_model("notices.Message"), "written_at", only=Q(due_at=None)),),
    "facts": (Records(Fact, "told_at", children=["outbox_telling"]),),
    "carts": (Records(Cart, "touched_at", "", children=["shop_cart_line"]),),
    "quotes": (Records(Quote, "valid_until", ""),),
    "invitations": (Records(Invitation, "expires_at"),),
    "handovers": (
        Records(
            apps.get_model("handover.Handover"),
            "expires_at",
            only=~Q(offered_by=GONE),
            blank={"offered_by": GONE, "email": ""},
        ),
    ),
    "visits": (Records(LookIn, "ends_at"), Records(AccessGrant, "expires_at")),
    "requests": (Records(SupportRequest, "closed_at", children=["support_message", "support_attachment"]),),
    "feedback": (Records(Feedback, "given_at"),),
    "cancellations": (
        Records(
            CancellationRequest,
            "requested_at",
            only=~Q(email=GONE_EMAIL),
            blank={"requested_by": GONE, "email": GONE_EMAIL, "reason": "", "user_id": None},
        ),
    ),
    "declarations": (Records(Declaration, "settled_at"),),
    "status-subscribers": (Records(StatusSubscriber, "asked_at", "", only=Q(confirmed_at=None)),),
    "mailboxes": (Records(Mailbox, "closed_at"),),
    "callbacks": (Records(Callback, "received_at", ""),),
    "payment-profiles": (
        Records(
            Profile,
            "forgotten_at",
            only=Q(label__gt="") | Q(last_digits__gt="") | Q(means__gt=""),
            blank={"label": "", "last_digits": "", "means": "", "customer": ""},
        ),
    ),
}

#: Tables under no rule, by the beginning of their names, and why.
WITHOUT_RULE: Mapping[str, str] = {
    "account_email": "goes when the account is closed (account_closing)",
    "accounts_user": "goes when the account is closed (account_closing); the provider's own people by hand",
    "accounts_attempts": "goes by the job forget-attempts, hours after it was made",
    "accounts_closure": "that an account was closed, and when: no word of whom",
    "allauth_idp_": "apps of the provider; tokens go by the job forget-codes",
    "audit_chain": "hashes",
    "audit_link": "hashes",
    "auth_": "rights of staff",
    "bank_release": "who of staff let money leave: bookkeeping, without a customer's word",
    "bank_suggestion": "goes with the entry that is settled",
    "billing_address": "goes with the organization, or when somebody removes it",
    "billing_line": "what was sold and for how much, without which the ledger explains nothing",
    "billing_product_reference": "goes with the organization",
    "billing_series": "counters",
    "billing_settlement": "amounts",
    "catalog_": "what the provider sells",
    "django_content_type": "the program's own",
    "django_migrations": "the program's own",
    "federation_code": "goes by the job forget-codes, minutes after it was made",
    "federation_consent": "goes with the account",
    "federation_signing_key": "the provider's own",
    "knowledge_": "the help centre; votes are by keyed hashes, questions by nobody's name",
    "leaving_cancellation_request_item": "which products, without a word of whom",
    "leaving_legal_hold": "why something is kept: proof, by staff",
    "leaving_organization_deletion": "that an organization was deleted: proof, without names",
    "leaving_retention_": "what was erased: numbers",
    "ledger_": "amounts, never changed; of a person it knows a number",
    "mailboxes_domain": "goes with the organization",
    "mfa_": "goes with the account, or when somebody removes it",
    "organizations_membership": "goes when somebody leaves the organization",
    "organizations_organization": "goes with the organization",
    "organizations_product_right": "goes with the membership or the team",
    "organizations_team": "goes with the organization, or when somebody removes it",
    "outbox_telling": "goes with its fact",
    "payments_customer_reference": "a number",
    "payments_dispute": "amounts",
    "payments_payment": "amounts; where it came from is the gateway's to know",
    "plancia_cache": "forgets by itself",
    "procrastinate_": "goes by the job forget-jobs, a month after it ended",
    "promotions_": "discounts; of a customer they know a number",
    "provisioning_": "what services run; their contents go with the product",
    "shop_order_line": "what was ordered; needed as long as the product runs",
    "shop_order_payment": "amounts",
    "subscriptions_": "the products that are held, and their terms; go dark with the organization",
    "support_canned_answer": "the provider's own words",
    "support_incident": "the provider's own words",
    "wallet_": "amounts",
}

#: How people call what a rule is about.
LABELS: Mapping[str, str | Promise] = {
    "documents": _("Invoices, orders and movements at the bank"),
    "log": _("The log of organizations"),
    "activity": _("The activity of user accounts"),
    "sessions": _("Sessions that are over"),
    "app-sessions": _("Sessions of apps"),
    "keys": _("Revoked application passwords and tokens"),
    "exports": _("Archives of people's data"),
    "mail": _("Mails that we wrote"),
    "facts": _("Facts that were told"),
    "carts": _("Abandoned carts"),
    "quotes": _("Quotes"),
    "invitations": _("Invitations"),
    "handovers": _("Product transfers"),
    "visits": _("Visits of staff"),
    "requests": _("Support requests"),
    "feedback": _("Feedback"),
    "cancellations": _("Who cancelled, and why"),
    "declarations": _("Declarations of the public form"),
    "status-subscribers": _("Unconfirmed subscribers of the status page"),
    "mailboxes": _("Closed mailboxes"),
    "callbacks": _("Messages of payment gateways"),
    "payment-profiles": _("Removed payment methods"),
}


def tables_with_rule() -> frozenset[str]:
    """Return the tables that a rule is about."""
    found = [one for records in RECORDS.values() for one in records]
    return frozenset(table for one in found for table in (one.table, *one.children))


def needs_no_rule(table: str) -> bool:
    """Say whether a table is under no rule, for a reason that is told."""
    return any(table.startswith(beginning) for beginning in WITHOUT_RULE)
