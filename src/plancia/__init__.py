"""Plancia: the open-source customer console for hosting and cloud providers."""

__version__ = "0.1.0"
