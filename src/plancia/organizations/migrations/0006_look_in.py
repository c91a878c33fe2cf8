import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import plancia.kernel.ids
from plancia.kernel import protection


class Migration(migrations.Migration):
    dependencies = [("organizations", "0005_invitations"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="LookIn",
            fields=[
                (
                    "id",
                    models.UUIDField(default=plancia.kernel.ids.new, editable=False, primary_key=True, serialize=False),
                ),
                ("reason", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "membership",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organizations.membership",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organizations.organization"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "organizations_look_in",
                "indexes": [models.Index(fields=["user", "-started_at"], name="look_in_newest")],
            },
        ),
        # Who looks finds her own looks before she enters; the web begins none: the back office does.
        protection.Protect(
            "organizations_look_in",
            f"organization_id = {protection.ORGANIZATION} or user_id = {protection.USER}",
            "false",
        ),
    ]
