from django.db import migrations

TABLES = "catalog_edition, catalog_category, catalog_product_type, catalog_plan, catalog_price"

# The web reads the catalogue and never writes it; only an import does, as staff. Who runs other roles is not stopped.
IF_ROLE = "do $$ begin if exists (select from pg_roles where rolname = 'plancia_app') then %s; end if; end $$;"
READ_ONLY = IF_ROLE % f"revoke insert, update, delete, truncate on {TABLES} from plancia_app"
WRITABLE = IF_ROLE % f"grant insert, update, delete on {TABLES} to plancia_app"

# What was bought points at its price: the one thing that may happen to a price is that it ends, once.
PRICES_STAND = """
create function catalog_price_stands() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        if old.valid_until is null and new.valid_until is not null
            and to_jsonb(new) - 'valid_until' = to_jsonb(old) - 'valid_until' then
            return new;
        end if;
    end if;
    raise exception 'a price is never changed: it ends, and another begins' using errcode = 'restrict_violation';
end $$;
create trigger price_stands before update or delete on catalog_price
    for each row execute function catalog_price_stands();
create trigger price_stands_truncate before truncate on catalog_price
    for each statement execute function catalog_price_stands();
"""

PRICES_FALL = """
drop trigger price_stands on catalog_price;
drop trigger price_stands_truncate on catalog_price;
drop function catalog_price_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.RunSQL(READ_ONLY, WRITABLE),
        migrations.RunSQL(PRICES_STAND, PRICES_FALL),
    ]
