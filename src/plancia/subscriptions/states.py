"""The states of a product, the reasons for them, and the states of what a customer chose to pay."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


class SubscriptionState(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class Reason(StrEnum):
    NONE = ""
    PROVISIONING = "provisioning"
    UNPAID = "unpaid"
    EXPIRED = "expired"
    BLOCKED_BY_CUSTOMER = "blocked_by_customer"
    BLOCKED_BY_PROVIDER = "blocked_by_provider"
    MAINTENANCE = "maintenance"
    TRIAL_ENDED = "trial_ended"
    CANCELLED = "cancelled"


SUBSCRIPTION_MOVES = Moves(
    {
        SubscriptionState.PENDING: {SubscriptionState.ACTIVE, SubscriptionState.TERMINATED},
        SubscriptionState.ACTIVE: {
            SubscriptionState.RESTRICTED,
            SubscriptionState.SUSPENDED,
            SubscriptionState.TERMINATED,
        },
        SubscriptionState.RESTRICTED: {
            SubscriptionState.ACTIVE,
            SubscriptionState.SUSPENDED,
            SubscriptionState.TERMINATED,
        },
        SubscriptionState.SUSPENDED: {SubscriptionState.ACTIVE, SubscriptionState.TERMINATED},
        SubscriptionState.TERMINATED: set(),
    }
)


class SelectionState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    ENDED = "ended"


SELECTION_MOVES = Moves(
    {
        SelectionState.OPEN: {SelectionState.PAID, SelectionState.ENDED},
        SelectionState.PAID: set(),
        SelectionState.ENDED: set(),
    }
)


class Outcome(StrEnum):
    """What came of an attempt to collect a renewal."""

    STARTED = "started"
    PAID = "paid"
    NO_FUNDS = "no_funds"
    NO_PROFILE = "no_profile"
    NO_GATEWAY = "no_gateway"
    FAILED = "failed"
