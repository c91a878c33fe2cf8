"""A provider with a past, built through the real use cases."""
