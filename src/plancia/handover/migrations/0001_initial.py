import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import plancia.kernel.ids
from plancia.kernel import protection

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organizations", "0005_invitations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.UUIDField(default=plancia.kernel.ids.new, editable=False, primary_key=True, serialize=False),
                ),
                ("subscriptions", models.JSONField()),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("language", models.CharField(max_length=5)),
                ("offered_by", models.TextField()),
                ("offered_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("receiver_id", models.UUIDField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("failure", models.TextField(blank=True)),
                (
                    "accepted_by",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=PROTECT, related_name="+", to="organizations.organization"),
                ),
            ],
            options={
                "db_table": "handover_handover",
                "indexes": [models.Index(fields=["organization", "-offered_at"], name="handover_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(accepted_at=None, receiver_id=None, accepted_by=None)
                        | models.Q(
                            accepted_at__isnull=False,
                            receiver_id__isnull=False,
                            accepted_by__isnull=False,
                            cancelled_at=None,
                        ),
                        name="handover_accepted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(done_at=None) | models.Q(accepted_at__isnull=False, failure=""),
                        name="handover_done",
                    ),
                ],
            },
        ),
        # Who holds the link sees the one offer that it opens.
        protection.Protect(
            "handover_handover",
            f"organization_id = {protection.ORGANIZATION} or id = {protection.SHOWN}",
            f"organization_id = {protection.ORGANIZATION}",
        ),
    ]
