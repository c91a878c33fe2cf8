"""The prepaid account."""
