from django.db import migrations

from plancia.kernel import protection

# The rules of double entry, kept by the database. Source: docs/decisions/0005.
#
# Statement-level triggers see all rows that one statement wrote: a posting's entries are written together, and each
# statement must balance. That is stricter than balance at commit, and costs one query a statement, not one a row.
RULES = """
--
-- Its plans are kept for as long as a connection lives, also those that were made while the tables were empty: without
-- sequential scans they stay right when the tables have grown.
create function ledger_entries_balance() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    wrong record;
begin
    select transaction_id, currency, sum(amount_minor) as difference into wrong
    from written group by transaction_id, currency having sum(amount_minor) <> 0 limit 1;
    if found then
        raise exception 'transaction % does not balance: % %', wrong.transaction_id, wrong.difference, wrong.currency
            using errcode = 'check_violation', constraint = 'entries_balance';
    end if;
    -- Foreign keys see through row-level security: what the writer may not see must not fit.
    if exists (
        select from written e
        left join ledger_account a on a.id = e.account_id
        left join ledger_transaction t on t.id = e.transaction_id
        where a.id is null or t.id is null or a.currency <> e.currency
           or e.organization_id is distinct from t.organization_id
           or (a.organization_id is not null and a.organization_id is distinct from e.organization_id)
    ) then
        raise exception 'an entry does not fit its account''s currency or organization'
            using errcode = 'check_violation', constraint = 'entries_fit_account';
    end if;
    if exists (
        select from (select transaction_id, count(*) as entries from written group by transaction_id) w
        where w.entries < 2 or w.entries <> (select count(*) from ledger_entry e where e.transaction_id = w.transaction_id)
    ) then
        raise exception 'a posting is written once, whole' using errcode = 'check_violation', constraint = 'posting_whole';
    end if;
    update ledger_account a set balance_minor = a.balance_minor + moved.amount
    from (select account_id, sum(amount_minor) as amount from written group by account_id) moved
    where a.id = moved.account_id and a.balance_minor is not null;
    return null;
end $$;
create trigger entries_balance after insert on ledger_entry
    referencing new table as written for each statement execute function ledger_entries_balance();

-- A balance moves with its entries and in no other way; an account's nature never changes.
create function ledger_account_keep() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'accounts are never deleted' using errcode = 'restrict_violation';
    end if;
    if (to_jsonb(new) - 'balance_minor') is distinct from (to_jsonb(old) - 'balance_minor') then
        raise exception 'account % never changes', old.code using errcode = 'restrict_violation';
    end if;
    if new.balance_minor is distinct from old.balance_minor and pg_trigger_depth() < 2 then
        raise exception 'the balance of % moves by entries only', old.code using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep before update or delete on ledger_account
    for each row execute function ledger_account_keep();

create function ledger_account_open() returns trigger language plpgsql as $$
begin
    if coalesce(new.balance_minor, 0) <> 0 then
        raise exception 'an account opens empty' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger open before insert on ledger_account for each row execute function ledger_account_open();
"""

UNDO = """
drop trigger entries_balance on ledger_entry; drop function ledger_entries_balance();
drop trigger keep on ledger_account; drop function ledger_account_keep();
drop trigger open on ledger_account; drop function ledger_account_open();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        # The provider's own accounts are in everybody's postings; they keep no balance, so seeing them tells nothing.
        protection.Protect("ledger_account", f"organization_id is null or organization_id = {protection.ORGANIZATION}"),
        protection.Protect("ledger_transaction"),
        protection.Protect("ledger_entry"),
        protection.AppendOnly("ledger_transaction"),
        protection.AppendOnly("ledger_entry"),
        migrations.RunSQL(RULES, UNDO),
    ]
