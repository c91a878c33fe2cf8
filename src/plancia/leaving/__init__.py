"""Leaving: giving products up and closing, without regret and without remains."""
