import django.db.models.deletion
from django.db import migrations, models

import plancia.kernel.ids
from plancia.kernel import protection

# Facts and terms name invoices by their public id. The database reads it as `kernel.ids.parse` does: the 26 characters
# after the last "_" are five bits each, the first two of them zero. Source: TypeID, version 0.3
KEY_OF_PUBLIC_ID = """
create function key_of_public_id(public_id text) returns uuid language sql immutable strict parallel safe as $$
    select string_agg(lpad(to_hex(substring(bits from 3 + 32 * n for 32)::bit(32)::bigint), 8, '0'), '' order by n)::uuid
    from (
        select string_agg((strpos('0123456789abcdefghjkmnpqrstvwxyz', sign) - 1)::bit(5)::text, '' order by place)
            ::varbit as bits
        from string_to_table(right(public_id, 26), null) with ordinality as signs (sign, place)
    ) as decoded, generate_series(0, 3) as n
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("organizations", "0005_invitations"), ("subscriptions", "0009_clients")]

    operations = [
        migrations.CreateModel(
            name="ShortageWarning",
            fields=[
                (
                    "id",
                    models.UUIDField(default=plancia.kernel.ids.new, editable=False, primary_key=True, serialize=False),
                ),
                ("invoice", models.TextField(unique=True)),
                ("warned_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="organizations.organization"),
                ),
            ],
            options={"db_table": "subscriptions_shortage_warning"},
        ),
        protection.Protect("subscriptions_shortage_warning"),
        migrations.RunSQL(KEY_OF_PUBLIC_ID, "drop function key_of_public_id(text)"),
    ]
