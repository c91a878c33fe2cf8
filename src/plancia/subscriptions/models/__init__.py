"""The tables of what an organization holds."""

from plancia.subscriptions.models.payment import (
    Attempt,
    PaymentPromise,
    Reminder,
    RenewalPreference,
    ShortageWarning,
)
from plancia.subscriptions.models.products import Cancellation, Change, Discount, Subscription, Term
from plancia.subscriptions.models.selections import Selection, SelectionPayment

__all__ = [
    "Attempt",
    "Cancellation",
    "Change",
    "Discount",
    "PaymentPromise",
    "Reminder",
    "RenewalPreference",
    "Selection",
    "SelectionPayment",
    "ShortageWarning",
    "Subscription",
    "Term",
]
