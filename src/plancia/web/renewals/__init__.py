"""Renewals: letting products renew themselves, the timeline of each, and promising to pay."""
