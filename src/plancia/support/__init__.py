"""Support: what customers tell us, and how we answer."""
