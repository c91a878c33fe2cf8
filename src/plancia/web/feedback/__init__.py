"""Feedback: a word to us, from every page."""
