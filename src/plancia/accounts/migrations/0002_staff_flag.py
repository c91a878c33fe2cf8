from django.db import migrations

# Who is staff is said by staff (`plancia user create-staff`), never by the web. Source: docs/decisions/0004.
RULES = """
create function accounts_user_keep() returns trigger language plpgsql as $$
begin
    if current_user = 'plancia_app' and (
        (tg_op = 'INSERT' and (new.is_staff or new.is_superuser))
        or (tg_op = 'UPDATE' and (new.is_staff, new.is_superuser) is distinct from (old.is_staff, old.is_superuser))
    ) then
        raise exception 'the web does not say who is staff' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger keep before insert or update on accounts_user for each row execute function accounts_user_keep();

do $$
declare name text;
begin
    -- Django's tables of rights and of migrations are read by the web, and written by nobody there.
    foreach name in array array['django_migrations', 'django_content_type', 'auth_permission', 'auth_group',
        'auth_group_permissions', 'accounts_user_groups', 'accounts_user_user_permissions'] loop
        if to_regclass(name) is not null and exists (select from pg_roles where rolname = 'plancia_app') then
            execute format('revoke insert, update, delete on %I from plancia_app', name);
        end if;
    end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunSQL(RULES, "drop trigger keep on accounts_user; drop function accounts_user_keep();")]
