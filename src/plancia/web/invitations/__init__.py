"""Invitations: sending them, and accepting one."""
