from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_addresses_checks_archives")]

    operations = [
        protection.Protect("billing_address"),
        protection.Protect("billing_vat_check"),
        protection.Protect("billing_archive"),
        protection.AppendOnly("billing_vat_check"),
    ]
