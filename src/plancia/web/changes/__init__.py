"""Change offer: another plan, frequency or quantity for a product."""
