"""The console of the provider's staff."""
