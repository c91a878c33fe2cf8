"""Invoices, credit notes, tax and settlement."""
