"""
The rehearsal gateway: a payment gateway with pages of its own and no money, as a process of its own.

It shares nothing with Plancia but a secret and the protocol in docs/decisions/0006, so that Plancia is tested against
a stranger: one that is slow, repeats itself, calls too early or too late, and says no. It knows no Django.
"""

from plancia.payments.rehearsal.server import Server, main

__all__ = ["Server", "main"]
