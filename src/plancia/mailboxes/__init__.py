"""Mailboxes: what mail servers ask us about, and whose password opens them."""
