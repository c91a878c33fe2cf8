from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        # The web writes messages down; the worker reads and sends them.
        protection.Protect("notices_message", "false", "true"),
    ]
