import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower

import plancia.kernel.ids
from plancia.kernel import protection

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [("organizations", "0004_people"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(
            "organization",
            "more_billing_emails",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.EmailField(max_length=254), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField("organization", "second_factor_required_at", models.DateTimeField(null=True)),
        migrations.AddField("organization", "second_factor_grace_days", models.IntegerField(default=14)),
        migrations.AddConstraint(
            "organization",
            models.CheckConstraint(
                condition=models.Q(second_factor_grace_days__range=(0, 365)), name="organization_grace_days"
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=plancia.kernel.ids.new, editable=False, primary_key=True, serialize=False),
                ),
                ("email", models.EmailField(max_length=254)),
                ("first_name", models.CharField(blank=True, max_length=80)),
                ("last_name", models.CharField(blank=True, max_length=80)),
                ("language", models.CharField(max_length=5)),
                ("role", models.TextField()),
                ("has_billing", models.BooleanField(default=False)),
                ("is_partner", models.BooleanField(default=False)),
                ("rights", models.JSONField(default=list)),
                ("teams", models.JSONField(default=list)),
                ("invited_by_name", models.TextField()),
                ("round", models.IntegerField(default=1)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "invited_by",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("organization", models.ForeignKey(on_delete=PROTECT, to="organizations.organization")),
            ],
            options={
                "db_table": "organizations_invitation",
                "indexes": [models.Index(fields=["organization", "-sent_at"], name="invitation_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organization"),
                        Lower("email"),
                        name="invitation_open_once",
                        condition=models.Q(accepted_at=None, cancelled_at=None),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(role__in=["owner", "administrator", "collaborator", "external"]),
                        name="invitation_role",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(accepted_at=None) | models.Q(cancelled_at=None), name="invitation_ends_once"
                    ),
                ],
            },
        ),
        # Who holds the link of the mail sees the one invitation that it opens, before she is a member.
        protection.Protect(
            "organizations_invitation",
            f"organization_id = {protection.ORGANIZATION} or id = {protection.SHOWN}",
            f"organization_id = {protection.ORGANIZATION}",
        ),
    ]
