"""To pay: what is due and what comes, and paying a choice of it."""
