"""Where the database is, the three roles that use it, and making it ready. Source: docs/decisions/0003 and 0004."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

NAME = "plancia"
OWNER, APP, STAFF, MAIL = "plancia_owner", "plancia_app", "plancia_staff", "plancia_mail"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist", "citext")

#: The keys of Django's database settings, by the alias they belong to.
ROLES = {"default": APP, "staff": STAFF, "owner": OWNER}


def url() -> str | None:
    """Return the database that the operator named, or None for the embedded one."""
    return os.environ.get("DATABASE_URL") or None


def settings(home: Path, *, is_pooled: bool) -> dict[str, dict[str, Any]]:
    """
    Return Django's database settings: one alias a role.

    With `DATABASE_URL`, one login serves all three and each connection starts in its role, unless
    `DATABASE_APP_URL` and `DATABASE_STAFF_URL` name logins of their own.
    """
    aliases: dict[str, dict[str, Any]] = {}
    for alias, role in ROLES.items():
        named = os.environ.get({"default": "DATABASE_APP_URL", "staff": "DATABASE_STAFF_URL"}.get(alias, "")) or url()
        place = _from_url(named, role) if named else _embedded(home, role)
        options = place.setdefault("OPTIONS", {})
        if is_pooled and alias != "owner":
            options["pool"] = {"min_size": 1, "max_size": int(os.environ.get("PLANCIA_POOL", "8")), "timeout": 10}
        # Checked when taken from the pool, so that a restarted server costs nobody an error.
        aliases[alias] = {
            "ENGINE": "django.db.backends.postgresql",
            "TIME_ZONE": "UTC",
            "CONN_HEALTH_CHECKS": True,
            **place,
        }
    return aliases


def prepare(superuser: str, name: str = NAME) -> None:
    """
    Make roles, database, extensions and default rights, where they are missing.

    `superuser` is a connection string of somebody who may create roles. Safe to run at any time, by several at once.
    """
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('plancia.prepare'))")
        for role, attributes in ((OWNER, ""), (APP, "nobypassrls"), (STAFF, "bypassrls"), (MAIL, "nobypassrls")):
            if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("create role {} login " + attributes).format(sql.Identifier(role)))
            connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(
                    sql.Identifier(name), sql.Identifier(OWNER)
                )
            )
    with psycopg.connect(superuser, dbname=name, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('plancia.prepare'))")
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
        connection.execute(sql.SQL("alter schema public owner to {}").format(sql.Identifier(OWNER)))
        for role in (APP, STAFF):
            for kind, rights in (("tables", "select, insert, update, delete"), ("sequences", "usage, select")):
                connection.execute(
                    sql.SQL(
                        f"alter default privileges for role {{}} in schema public grant {rights} on {kind} to {{}}"
                    ).format(sql.Identifier(OWNER), sql.Identifier(role))
                )
            connection.execute(sql.SQL("grant usage on schema public to {}").format(sql.Identifier(role)))
        # Mail servers: one view and one function, granted by the migration that makes them.
        connection.execute(sql.SQL("grant usage on schema public to {}").format(sql.Identifier(MAIL)))


def _embedded(home: Path, role: str) -> dict[str, Any]:
    return {"NAME": NAME, "USER": role, "HOST": str(home / "postgres" / "run")}


def _from_url(named: str, role: str) -> dict[str, Any]:
    parts = urlsplit(named)
    options = dict(parse_qsl(parts.query))
    if unquote(parts.username or "") != role:
        options["options"] = f"-c role={role}"
    return {
        "NAME": parts.path.lstrip("/") or NAME,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
