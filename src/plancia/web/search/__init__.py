"""Search: products, invoices and pages, for the palette and for its page."""
