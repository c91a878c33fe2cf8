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


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]

    operations = [
        protection.Protect("billing_invoice"),
        protection.Protect("billing_line"),
        protection.Protect("billing_document"),
        protection.AppendOnly("billing_line"),
        protection.AppendOnly("billing_document"),
        migrations.RunSQL(IMMUTABLE, "drop trigger keep on billing_invoice; drop function billing_invoice_keep()"),
    ]
