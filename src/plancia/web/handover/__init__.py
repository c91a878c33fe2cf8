"""Handing products over to another organization."""
