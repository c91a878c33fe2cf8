"""The customer's console, the shop window and the account pages."""
