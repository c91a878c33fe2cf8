"""Who did what, when: one hash chain per organization."""
