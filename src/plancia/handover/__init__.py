"""Handing products over from one organization to another."""
