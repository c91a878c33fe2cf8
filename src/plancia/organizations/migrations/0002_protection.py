from django.db import migrations

from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("organizations", "0001_initial")]

    operations = [
        # A user sees the organizations of his memberships, and the one he is in.
        protection.Protect(
            "organizations_membership",
            f"organization_id = {protection.ORGANIZATION} or user_id = {protection.USER}",
            f"organization_id = {protection.ORGANIZATION}",
        ),
        protection.Protect(
            "organizations_organization",
            f"id = {protection.ORGANIZATION} or id = any (array(select m.organization_id"
            f" from organizations_membership m where m.user_id = {protection.USER}))",
            f"id = {protection.ORGANIZATION}",
        ),
        protection.Protect("organizations_product_right"),
    ]
