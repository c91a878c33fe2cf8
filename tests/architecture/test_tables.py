"""The database's own catalogue, read: no table of customers' data without a policy."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connections
from django.db.utils import ProgrammingError

from plancia.accounts.models import User
from plancia.leaving import records
from tests import people

#: Tables with `organization_id` that need no policy of the usual form would stand here, with a reason. There is none.
UNPROTECTED: dict[str, str] = {}

#: Tables of ours without `organization_id`, and why they hold nothing of one customer's.
SHARED = {
    "accounts_activity": "protected: a person's own",
    "accounts_application_password": "protected: a person's own",
    "accounts_closure": "protected: a person's own",
    "accounts_export": "protected: a person's own",
    "accounts_attempts": "counted before anybody is signed in; found by addresses of the network and hashes",
    "accounts_address_change": "links are opened before anybody is signed in; found by a key that is kept as a hash",
    "accounts_user": "a person; read to sign in, before any organization is known",
    "accounts_user_groups": "Django's rights of staff",
    "accounts_user_user_permissions": "Django's rights of staff",
    "bank_file": "protected: the worker's alone",
    "bank_payment_file": "protected: the worker's alone",
    "federation_app_session": "found by what a token says, before anybody is signed in",
    "federation_code": "found by a code that is kept as a hash, before anybody is signed in",
    "federation_consent": "protected: a person's own",
    "federation_signing_key": "the provider's; sealed",
    "billing_series": "counters of the provider",
    "catalog_category": "what the provider sells",
    "catalog_edition": "what the provider sells",
    "catalog_plan": "what the provider sells",
    "catalog_price": "what the provider sells",
    "catalog_product_type": "what the provider sells",
    "knowledge_article": "the help centre, which everybody reads",
    "knowledge_attachment": "the help centre, which everybody reads",
    "knowledge_category": "the help centre, which everybody reads",
    "knowledge_question": "what readers looked for; by nobody's name",
    "knowledge_revision": "the help centre, which everybody reads",
    "knowledge_synonyms": "the help centre, which everybody reads",
    "knowledge_translation": "the help centre, which everybody reads",
    "knowledge_vote": "whether an article helped; a voter is a keyed hash",
    "knowledge_word": "the help centre, which everybody reads",
    "leaving_retention_run": "protected: the worker's alone",
    "leaving_retention_report": "protected: the worker's alone",
    "organizations_organization": "protected; its key is the organization",
    "outbox_telling": "protected: the worker's alone",
    "payments_callback": "protected: the worker's alone",
    "plancia_cache": "nothing of a customer's is cached under a key that another could name",
    "promotions_campaign": "what the provider offers to everybody; the web reads it and writes none of it",
    "promotions_code": "what the provider offers; found by whoever types it, and counted by the database",
    "provisioning_rehearsal_fault": "protected: the worker's alone",
    "provisioning_rehearsed_service": "protected: the worker's alone",
    "shop_cart": "a visitor's, before any organization is known; found by the session's key",
    "shop_quote": "a cart as it was quoted; found by its token, which nobody guesses, and changed by nobody",
    "shop_cart_line": "a visitor's, before any organization is known",
    "support_canned_answer": "protected: the worker's alone",
    "support_incident": "what everybody reads on the status page",
    "support_incident_update": "what everybody reads on the status page",
    "support_status_subscriber": "protected: the worker's alone",
}
#: Engines of others: sessions, allauth, jobs, Django.
FOREIGN = ("account_", "allauth_", "auth_", "django_", "mfa_", "procrastinate_", "usersessions_")


def test_every_table_with_an_organization_is_protected_even_from_its_owner(superuser: psycopg.Connection):
    rows = superuser.execute(
        """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where n.nspname = 'public' and c.relkind in ('r', 'p')
          and not (c.relrowsecurity and c.relforcerowsecurity
                   and exists (select from pg_policy p where p.polrelid = c.oid))
        """
    ).fetchall()

    assert {name for (name,) in rows} - set(UNPROTECTED) == set()


def test_every_table_without_an_organization_is_listed_with_a_reason(superuser: psycopg.Connection):
    rows = superuser.execute(
        """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind in ('r', 'p')
          and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id')
        """
    ).fetchall()

    ours = {name for (name,) in rows if not name.startswith(FOREIGN)}
    assert ours - set(SHARED) == set()
    assert set(SHARED) - ours == set()


def test_every_table_is_under_a_rule_of_retention_or_needs_none_for_a_reason(superuser: psycopg.Connection):
    names = {name for (name,) in superuser.execute("select tablename from pg_tables where schemaname = 'public'")}

    ruled = records.tables_with_rule()
    assert {name for name in names if name not in ruled and not records.needs_no_rule(name)} == set()
    assert {name for name in ruled if records.needs_no_rule(name)} - {"outbox_telling"} == set()
    assert ruled - names == set()
    assert {start for start in records.WITHOUT_RULE if not any(name.startswith(start) for name in names)} == set()


def test_tables_that_only_the_worker_reads_are_empty_for_the_web(superuser: psycopg.Connection):
    hidden = [name for name, reason in SHARED.items() if reason.startswith("protected: the worker")]

    policies = dict(
        superuser.execute(
            "select tablename, qual from pg_policies where schemaname = 'public' and tablename = any(%s)", [hidden]
        ).fetchall()
    )

    assert policies == dict.fromkeys(hidden, "false")


def test_policies_evaluate_their_setting_once_a_query(superuser: psycopg.Connection):
    """A bare current_setting is evaluated for every row: 72 % slower pages. Source: docs/decisions/0004."""
    rows = superuser.execute(
        "select tablename, qual, with_check from pg_policies where schemaname = 'public'"
    ).fetchall()

    for table, *conditions in rows:
        for condition in conditions:
            bare = (condition or "").replace("( SELECT (NULLIF(current_setting(", "")
            assert "current_setting" not in bare, f"{table}: {condition}"


def test_the_web_role_cannot_step_around_policies(superuser: psycopg.Connection):
    rights = dict(
        superuser.execute(
            "select rolname, rolbypassrls or rolsuper from pg_roles where rolname like 'plancia%'"
        ).fetchall()
    )
    becomes = superuser.execute(
        "select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = 'plancia_app'"
    ).fetchone()

    assert rights == {"plancia_owner": False, "plancia_app": False, "plancia_staff": True, "plancia_mail": False}
    assert becomes == (0,)


def test_the_web_role_makes_nobody_staff(db):
    ada = people.person("ada@example.com")

    with pytest.raises(ProgrammingError, match="who is staff"):
        User.objects.filter(pk=ada.pk).update(is_staff=True)
    with pytest.raises(ProgrammingError, match="who is staff"):
        User.objects.create_user("eve@example.com", None, is_superuser=True, joined_at=people.MORNING)
    with pytest.raises(ProgrammingError, match="who is staff"):
        User.objects.filter(pk=ada.pk).update(staff_roles=["support"])


@pytest.mark.parametrize("table", ["django_migrations", "auth_permission", "auth_group", "accounts_user_groups"])
def test_the_web_role_writes_no_table_of_rights(db, table):
    with connections["default"].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(f"delete from {table}")
