"""The role of mail servers: one view and one function, and nothing else."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connections
from django.db.utils import ProgrammingError

from tests import conftest


@pytest.fixture
def mail_server(db):
    with psycopg.connect(conftest.CLUSTER.superuser, dbname=conftest.NAME, autocommit=True) as connection:
        connection.execute("set role plancia_mail")
        yield connection


def test_it_reads_the_view_and_no_table(mail_server, superuser):
    assert mail_server.execute("select count(*) from mail_login").fetchone() == (0,)
    tables = superuser.execute(
        "select quote_ident(relname) from pg_class c join pg_namespace n on n.oid = relnamespace"
        " where n.nspname = 'public' and relkind in ('r', 'p', 'v', 'm') and relname <> 'mail_login'"
    ).fetchall()
    assert len(tables) > 50
    for (table,) in tables:
        if not table.startswith("pg_stat_statements"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                mail_server.execute(f"select from {table} limit 1")


@pytest.mark.parametrize("alias", ["default", "staff"])
def test_nobody_else_reads_hashes_through_it(db, alias):
    for statement in ("select * from mail_login", "select mail_opened('a', 'b')"):
        with connections[alias].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute(statement)
