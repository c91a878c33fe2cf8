from django.db import migrations

from plancia.kernel import protection

# Credit notes never take back more of a line, or of an invoice, than it billed. The invoice's row makes two that are
# written at once wait for each other.
NOT_BEYOND = """
create function billing_credit_fits() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    billed bigint;
    credited bigint;
begin
    perform from billing_invoice where id = (select corrects_id from billing_invoice where id = new.invoice_id)
        for no key update;
    select net_minor into billed from billing_line where id = new.corrects_id
        and invoice_id = (select corrects_id from billing_invoice where id = new.invoice_id);
    if not found then
        raise exception 'a credit note takes back lines of its own invoice' using errcode = 'check_violation',
            constraint = 'credit_of_its_invoice';
    end if;
    select sum(net_minor) into credited from billing_line where corrects_id = new.corrects_id;
    if abs(credited) > abs(billed) or credited * billed < 0 then
        raise exception 'line % would be credited beyond what was billed', new.corrects_id
            using errcode = 'check_violation', constraint = 'credit_fits';
    end if;
    return null;
end $$;
create trigger credit_fits after insert on billing_line
    for each row when (new.corrects_id is not null) execute function billing_credit_fits();

create function billing_note_fits() returns trigger language plpgsql set enable_seqscan = off as $$
declare
    billed bigint;
    credited bigint;
begin
    select total_minor into billed from billing_invoice where id = new.corrects_id and kind = 'invoice'
        for no key update;
    select sum(total_minor) into credited from billing_invoice where corrects_id = new.corrects_id;
    if billed is null or credited > billed then
        raise exception 'invoice % would be credited beyond its total', new.corrects_id
            using errcode = 'check_violation', constraint = 'note_fits';
    end if;
    return null;
end $$;
create trigger note_fits after insert on billing_invoice
    for each row when (new.corrects_id is not null) execute function billing_note_fits();
"""

UNDO = """
drop trigger note_fits on billing_invoice; drop function billing_note_fits();
drop trigger credit_fits on billing_line; drop function billing_credit_fits();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_several_sellers_and_partial_credit")]

    operations = [
        protection.Protect("billing_product_reference"),
        migrations.RunSQL(NOT_BEYOND, UNDO),
    ]
