from django.db import migrations

from plancia.kernel import protection

# After issuing, only the state and its instant change. Source: STYLE.md, Money; docs/decisions/0005.
IMMUTABLE = """
create function billing_invoice_keep() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'invoices are never deleted' using errcode = 'restrict_violation';
    end if;
    if (to_jsonb(new) - 'state' - 'paid_at') is distinct from (to_jsonb(old) - 'state' - 'paid_at') then
        raise exception 'invoice % is immutable', old.number using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep before update or delete on billing_invoice
    for each row execute function billing_invoice_keep();
"""

# An invoice is never settled beyond its total. The row's lock makes two settlements at once wait for each other.
NOT_BEYOND = """
create function billing_settlement_fits() returns trigger language plpgsql as $$
declare
    total bigint;
    settled bigint;
begin
    select total_minor into total from billing_invoice where id = new.invoice_id for no key update;
    select sum(amount_minor) into settled from billing_settlement where invoice_id = new.invoice_id;
    if settled > total then
        raise exception 'invoice % would be settled beyond its total', new.invoice_id
            using errcode = 'check_violation', constraint = 'settlement_fits';
    end if;
    return null;
end $$;
create trigger fits after insert on billing_settlement
    for each row execute function billing_settlement_fits();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        protection.Protect("billing_invoice"),
        protection.Protect("billing_line"),
        protection.Protect("billing_document"),
        protection.Protect("billing_settlement"),
        protection.AppendOnly("billing_line"),
        protection.AppendOnly("billing_document"),
        protection.AppendOnly("billing_settlement"),
        migrations.RunSQL(IMMUTABLE, "drop trigger keep on billing_invoice; drop function billing_invoice_keep()"),
        migrations.RunSQL(
            NOT_BEYOND, "drop trigger fits on billing_settlement; drop function billing_settlement_fits()"
        ),
    ]
