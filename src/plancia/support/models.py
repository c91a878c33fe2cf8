from __future__ import annotations

from django.db import models

from plancia.kernel.rows import Row


class Feedback(Row):
    """What somebody thinks of us: asked when something is given up or closed, or said from any page. Never required."""

    prefix = "fbk"

    organization = models.ForeignKey("organizations.Organization", null=True, on_delete=models.PROTECT)
    user_id = models.UUIDField(null=True)
    occasion = models.TextField()  # support.feedback.Occasion
    cause = models.TextField(blank=True)  # support.feedback.Cause
    product_type = models.TextField(blank=True)
    page = models.TextField(blank=True)  # the path it was said on
    comment = models.TextField(blank=True)
    language = models.CharField(max_length=5)
    given_at = models.DateTimeField()

    class Meta:
        db_table = "support_feedback"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(occasion__in=["cancellation", "organization_deleted", "account_closed", "page"]),
                name="feedback_occasion",
            ),
            models.CheckConstraint(
                condition=models.Q(cause__gt="") | models.Q(comment__gt=""), name="feedback_says_something"
            ),
        ]
        indexes = [
            models.Index(fields=["-given_at", "-id"], name="feedback_newest"),
            models.Index(fields=["organization"], name="feedback_organization"),
        ]
