"""Invoices one by one, credit notes, VAT, open items, and the ledger."""
