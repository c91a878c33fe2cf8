"""Leaving: giving products up, from the list or the product, by one way for all of them."""
