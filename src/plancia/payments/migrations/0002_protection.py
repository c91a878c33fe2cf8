from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        protection.Protect("payments_payment"),
        # What gateways tell us is read by the worker only.
        protection.Protect("payments_callback", "false"),
    ]
