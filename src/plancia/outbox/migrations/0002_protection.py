from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]

    operations = [
        # Facts of no organization may be written by anybody and read by the worker only.
        protection.Protect(
            "outbox_fact",
            f"organization_id = {protection.ORGANIZATION}",
            f"organization_id is null or organization_id = {protection.ORGANIZATION}",
        ),
        protection.Protect("outbox_telling", "false"),
    ]
