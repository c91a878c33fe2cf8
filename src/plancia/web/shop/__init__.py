"""The shop window, the cart, checkout and orders."""
