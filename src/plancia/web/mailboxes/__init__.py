"""The mailboxes of a product, and one's own."""
