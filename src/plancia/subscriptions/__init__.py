"""What an organization holds; the customer calls it a product."""
