import django.db.models.deletion
from django.db import migrations, models

# What a term buys is what its product is, so far. The owner is bound by the policy too, so it is lifted for a moment.
FILL = """
alter table subscriptions_term no force row level security;
alter table subscriptions_subscription no force row level security;
update subscriptions_term t set plan_id = s.plan_id, quantity = s.quantity
    from subscriptions_subscription s where s.id = t.subscription_id;
alter table subscriptions_term force row level security;
alter table subscriptions_subscription force row level security;
set constraints all immediate;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_terms"),
        ("organizations", "0002_protection"),
        ("subscriptions", "0004_selection"),
    ]

    operations = [
        migrations.AddField(
            "term",
            "plan",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="catalog.plan"),
        ),
        migrations.AddField("term", "quantity", models.IntegerField(null=True)),
        migrations.AddField("term", "cut_at", models.DateTimeField(null=True)),
        migrations.AddField("term", "credited_minor", models.BigIntegerField(db_default=0, default=0)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            "term",
            "plan",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="catalog.plan"),
        ),
        migrations.AlterField("term", "quantity", models.IntegerField()),
    ]
