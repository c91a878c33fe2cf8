"""Double-entry accounts, transactions and entries."""
