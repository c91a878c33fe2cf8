from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("leaving", "0001_initial")]

    operations = [
        protection.Protect("leaving_cancellation_request"),
        protection.Protect("leaving_cancellation_request_item"),
    ]
