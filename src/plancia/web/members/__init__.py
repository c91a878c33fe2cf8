"""Members of an organization, and what roles may do."""
