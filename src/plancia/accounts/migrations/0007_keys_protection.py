from django.db import migrations

from plancia.kernel import protection

OWN = f"user_id = {protection.USER}"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_keys")]

    operations = [
        protection.Protect("accounts_application_password", OWN),
        protection.Protect("accounts_api_token", OWN),
        protection.Protect("accounts_closure", OWN),
        protection.Protect("accounts_export", OWN),
    ]
