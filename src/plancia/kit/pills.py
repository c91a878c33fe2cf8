"""State pills: what each state is called, and in which tone it is said."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: By kind of thing and state: tone (success, warning, danger, info or neutral) and words.
STATES: dict[str, dict[str, tuple[str, str | Promise]]] = {
    "product": {
        "pending": ("info", pgettext_lazy("product", "In preparation")),
        "active": ("success", pgettext_lazy("product", "Active")),
        "restricted": ("warning", pgettext_lazy("product", "Restricted")),
        "suspended": ("danger", pgettext_lazy("product", "Suspended")),
        "terminated": ("neutral", pgettext_lazy("product", "Ended")),
    },
    "invoice": {
        "open": ("info", pgettext_lazy("invoice", "To pay")),
        "overdue": ("danger", pgettext_lazy("invoice", "Overdue")),
        "paid": ("success", pgettext_lazy("invoice", "Paid")),
        "credited": ("neutral", pgettext_lazy("invoice", "Credited")),
        "credit_note": ("neutral", pgettext_lazy("invoice", "Credit note")),
    },
    "article": {
        "draft": ("warning", pgettext_lazy("article", "Draft")),
        "published": ("success", pgettext_lazy("article", "Published")),
        "withdrawn": ("neutral", pgettext_lazy("article", "Withdrawn")),
        "edited": ("info", pgettext_lazy("article", "Changed by staff")),
    },
    "due": {
        "overdue": ("danger", pgettext_lazy("invoice", "Overdue")),
        "open": ("info", pgettext_lazy("invoice", "To pay")),
        "coming": ("neutral", pgettext_lazy("renewal", "Coming")),
    },
    "order": {
        "held": ("warning", pgettext_lazy("order", "Being checked")),
        "open": ("info", pgettext_lazy("order", "Waiting for payment")),
        "paid": ("success", pgettext_lazy("order", "Paid")),
        "cancelled": ("neutral", pgettext_lazy("order", "Cancelled")),
        "expired": ("neutral", pgettext_lazy("order", "Expired")),
    },
    "payment": {
        "pending": ("info", pgettext_lazy("payment", "In progress")),
        "succeeded": ("success", pgettext_lazy("payment", "Received")),
        "failed": ("danger", pgettext_lazy("payment", "Failed")),
        "cancelled": ("neutral", pgettext_lazy("payment", "Cancelled")),
    },
    "cancellation": {
        "unconfirmed": ("warning", pgettext_lazy("cancellation", "Not confirmed")),
        "confirmed": ("info", pgettext_lazy("cancellation", "Confirmed")),
        "withdrawn": ("neutral", pgettext_lazy("cancellation", "Taken back")),
        "expired": ("neutral", pgettext_lazy("cancellation", "Expired")),
    },
    "payout": {
        "waiting": ("info", pgettext_lazy("payout", "Being checked")),
        "released": ("info", pgettext_lazy("payout", "Released")),
        "sent": ("info", pgettext_lazy("payout", "Sent to the bank")),
        "paid": ("success", pgettext_lazy("payout", "Paid out")),
        "refused": ("danger", pgettext_lazy("payout", "Refused")),
        "rejected": ("danger", pgettext_lazy("payout", "Rejected by the bank")),
        "returned": ("warning", pgettext_lazy("payout", "Came back")),
    },
    "request": {
        "open": ("warning", pgettext_lazy("request", "Waiting for us")),
        "answered": ("info", pgettext_lazy("request", "Answered")),
        "closed": ("neutral", pgettext_lazy("request", "Closed")),
    },
    "resource": {
        "unknown": ("neutral", pgettext_lazy("service", "Not seen yet")),
        "absent": ("neutral", pgettext_lazy("service", "Not set up")),
        "running": ("success", pgettext_lazy("service", "Running")),
        "suspended": ("danger", pgettext_lazy("service", "Stopped")),
        "settling": ("info", pgettext_lazy("service", "Being set up")),
        "stuck": ("warning", pgettext_lazy("service", "Delayed")),
    },
}

#: Why a product is in its state.
REASONS: dict[str, str | Promise] = {
    "provisioning": _("We are setting it up."),
    "unpaid": _("A renewal has not been paid."),
    "expired": _("The paid period is over."),
    "blocked_by_customer": _("You blocked it."),
    "blocked_by_provider": _("We blocked it."),
    "maintenance": _("We are working on it."),
    "trial_ended": _("The trial is over."),
    "cancelled": _("It was cancelled."),
}
