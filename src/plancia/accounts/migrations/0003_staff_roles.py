import django.contrib.postgres.fields
from django.db import migrations, models

# Whoever was staff before there were roles could do everything.
ADMINS = "update accounts_user set staff_roles = array['admin'] where is_staff"

# As is_staff: said by staff, never by the web. Source: docs/decisions/0004.
RULES = """
create or replace function accounts_user_keep() returns trigger language plpgsql as $$
begin
    if current_user = 'plancia_app' and (
        (tg_op = 'INSERT' and (new.is_staff or new.is_superuser or new.staff_roles <> '{}'))
        or (tg_op = 'UPDATE' and (new.is_staff, new.is_superuser, new.staff_roles)
            is distinct from (old.is_staff, old.is_superuser, old.staff_roles))
    ) then
        raise exception 'the web does not say who is staff' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_staff_flag")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="staff_roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), blank=True, default=list, size=None
            ),
        ),
        migrations.RunSQL(ADMINS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(staff_roles__contained_by=["support", "billing", "catalogue", "admin"]),
                name="user_staff_roles",
            ),
        ),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
    ]
