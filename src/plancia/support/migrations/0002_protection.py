from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("support", "0001_initial")]

    operations = [
        # Anybody may say what she thinks; it is read by staff, and by nobody else's organization.
        protection.Protect(
            "support_feedback",
            f"organization_id = {protection.ORGANIZATION}",
            f"organization_id is null or organization_id = {protection.ORGANIZATION}",
        ),
    ]
