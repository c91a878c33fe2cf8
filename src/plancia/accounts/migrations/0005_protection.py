from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_activity")]

    operations = [
        # Failed sign-ins are written before anybody is signed in; read are one's own lines only.
        protection.Protect("accounts_activity", f"user_id = {protection.USER}", "true"),
    ]
