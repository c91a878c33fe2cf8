"""The log of an organization."""
