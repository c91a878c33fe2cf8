from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]

    operations = [
        protection.Protect("subscriptions_subscription"),
        protection.Protect("subscriptions_term"),
    ]
