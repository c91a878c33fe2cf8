from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0001_initial")]

    operations = [
        protection.Protect("provisioning_resource"),
        protection.Protect("provisioning_manual_task"),
        # The rehearsal driver is a world outside ours: only the worker talks to it.
        protection.Protect("provisioning_rehearsed_service", "false"),
        protection.Protect("provisioning_rehearsal_fault", "false"),
    ]
