from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        protection.Protect("audit_chain"),
        protection.Protect("audit_entry"),
        protection.AppendOnly("audit_entry"),
    ]
