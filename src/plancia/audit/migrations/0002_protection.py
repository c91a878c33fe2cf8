from django.db import migrations

from plancia.kernel import protection

# The chain is made at commit, by a deferred trigger: the lock on its end is the last that a transaction takes and is
# held for a moment, so that use cases may record at any point without waiting for each other for ever.
RULES = """
create function audit_hash(previous text, entry audit_entry) returns text language sql stable as $$
    select encode(sha256(convert_to(previous || jsonb_build_object(
        'id', entry.id,
        'organization', entry.organization_id,
        'at', to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor_kind', entry.actor_kind,
        'actor_label', entry.actor_label,
        'actor_user', entry.actor_user_id,
        'ip', entry.ip,
        'action', entry.action,
        'subject', entry.subject,
        'details', entry.details
    )::text, 'UTF8')), 'hex')
$$;

-- Plans are kept for as long as a connection lives, also those made while the tables were empty: hence no scans.
create function audit_seal() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    asked_for text := current_setting('app.org', true);
    place bigint;
    previous text;
    sealed text;
begin
    -- By the time of commit, the block that asked for this organization may have ended.
    perform set_config('app.org', new.organization_id::text, true);
    insert into audit_chain as c (organization_id, last_sequence, last_hash) values (new.organization_id, 1, '')
        on conflict (organization_id) do update set last_sequence = c.last_sequence + 1
        returning last_sequence, last_hash into place, previous;
    sealed := audit_hash(previous, new);
    insert into audit_link (id, organization_id, sequence, entry_id, hash)
        values (gen_random_uuid(), new.organization_id, place, new.id, sealed);
    update audit_chain set last_hash = sealed where organization_id = new.organization_id;
    perform set_config('app.org', coalesce(asked_for, ''), true);
    return null;
end $$;
create constraint trigger seal after insert on audit_entry
    deferrable initially deferred for each row execute function audit_seal();

-- Nobody writes the chain but the trigger.
create function audit_chain_keep() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or pg_trigger_depth() < 2 then
        raise exception 'the chain is written at commit only' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep before insert or update or delete on audit_chain
    for each row execute function audit_chain_keep();
create trigger keep before insert on audit_link
    for each row execute function audit_chain_keep();
"""

UNDO = """
drop trigger keep on audit_link; drop trigger keep on audit_chain; drop function audit_chain_keep();
drop trigger seal on audit_entry; drop function audit_seal(); drop function audit_hash(text, audit_entry);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        protection.Protect("audit_chain"),
        protection.Protect("audit_entry"),
        protection.Protect("audit_link"),
        protection.AppendOnly("audit_entry"),
        protection.AppendOnly("audit_link"),
        migrations.RunSQL(RULES, UNDO),
    ]
