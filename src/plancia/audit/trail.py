"""
The trail: who did what, when, from where; appended only, and chained so that a change shows.

Each entry gets its place and its hash at commit, from the database. The hash covers the entry and the hash before it:
whoever alters, removes or moves an entry behind the database's back breaks every hash after it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.db.models import Model

from plancia.audit.models import Entry
from plancia.kernel import columns, ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money

#: An entry as it is written: the values of `_COLUMNS`.
Recorded = tuple[UUID, UUID, datetime, str, str, UUID | None, str, str, str, str]


def record(actor: Actor, action: str, subject: str, *, organization_id: UUID, at: datetime, **details: object) -> None:
    """
    Append to an organization's trail, in the transaction in progress.

    `action` is an event's name ("subscription.cancelled"), `subject` the public id of what it was done to. Details are
    read by the customer: never secrets.
    """
    record_all([entry(actor, action, subject, organization_id=organization_id, at=at, **details)])


def entry(
    actor: Actor, action: str, subject: str, *, organization_id: UUID, at: datetime, **details: object
) -> Recorded:
    """Return an entry as `record` appends it: for batches, which append theirs with `record_all`."""
    plain = {name: _plain(value) for name, value in details.items()}
    return (
        ids.new(),
        organization_id,
        at,
        str(actor.kind),
        actor.label,
        actor.user_id,
        actor.ip,
        action,
        subject,
        json.dumps(plain),
    )


def record_all(entries: Sequence[Recorded]) -> None:
    """Append entries to the trails of their organizations, in the transaction in progress."""
    columns.insert(Entry._meta.db_table, _COLUMNS, entries)


_COLUMNS = {
    "id": "uuid",
    "organization_id": "uuid",
    "at": "timestamptz",
    "actor_kind": "text",
    "actor_label": "text",
    "actor_user_id": "uuid",
    "ip": "text",
    "action": "text",
    "subject": "text",
    "details": "jsonb",
}


def check(organization_id: UUID) -> list[str]:
    """Return what is wrong with an organization's trail; nothing is good. What is not committed yet is not judged."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(_CHECK, {"organization": organization_id})
        return [_sentence(*row) for row in cursor.fetchall()]


def _plain(value: object) -> Any:
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case datetime() | date():
            return value.isoformat()
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case Model():
            return getattr(value, "public_id", None) or str(value.pk)
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}
    return str(value)


def _sentence(problem: str, sequence: int | None, entry_id: UUID | None) -> str:
    match problem:
        case "gap":
            return f"something is missing before entry {sequence}"
        case "missing":
            return f"entry {sequence} is missing"
        case "altered":
            return f"entry {sequence} was altered or moved"
        case "unchained" if entry_id:
            return f"entry {ids.public(Entry.prefix, entry_id)} has no place in the chain"
        case "end":
            return f"the chain should end with entry {sequence}"
    raise ValueError(problem)


_CHECK = """
with chained as (
    select l.sequence, l.hash, e.id as entry_id,
        lag(l.sequence, 1, 0::bigint) over ordered as previous_sequence,
        -- Of what is forgotten, the hash proves the place; its words are gone, and no others have come instead.
        case when e.is_forgotten and e.actor_user_id is null and e.ip = '' and e.details = '{}' then l.hash
            else audit_hash(lag(l.hash::text, 1, '') over ordered, e) end as wanted
    from audit_link l left join audit_entry e on e.id = l.entry_id and e.organization_id = l.organization_id
    where l.organization_id = %(organization)s
    window ordered as (order by l.sequence)
)
select 'gap', sequence, null::uuid from chained where sequence <> previous_sequence + 1
union all
select 'missing', sequence, null from chained where entry_id is null
union all
select 'altered', sequence, null from chained where entry_id is not null and hash <> wanted
union all
select 'unchained', null, e.id from audit_entry e
where e.organization_id = %(organization)s
    -- What this transaction wrote has a higher number, savepoints too.
    and (pg_current_xact_id_if_assigned() is null or age(e.xmin) > age(pg_current_xact_id_if_assigned()::xid))
    and not exists (select from audit_link l where l.entry_id = e.id)
union all
select 'end', c.last_sequence, null from audit_chain c
where c.organization_id = %(organization)s
    and not exists (select from chained l where l.sequence = c.last_sequence and l.hash = c.last_hash)
union all
select 'end', 0, null
where exists (select from chained)
    and not exists (select from audit_chain c where c.organization_id = %(organization)s)
order by 2, 1
"""
