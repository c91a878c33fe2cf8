"""Invoices: the list, the page of one, its PDF."""
