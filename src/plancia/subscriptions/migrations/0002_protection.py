from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]

    operations = [
        protection.Protect("subscriptions_subscription"),
        protection.Protect("subscriptions_term"),
        protection.Protect("subscriptions_cancellation"),
        # No stretch of a product is billed twice, whatever its terms start at. Source: docs/decisions/0011.
        migrations.RunSQL(
            """
            alter table subscriptions_term add constraint term_no_overlap
                exclude using gist (subscription_id with =, tstzrange(starts_at, ends_at) with &&)
                where (withdrawn_at is null)
            """,
            "alter table subscriptions_term drop constraint term_no_overlap",
        ),
    ]
