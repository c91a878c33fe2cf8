"""Support: asking the provider's people, and letting them look."""
