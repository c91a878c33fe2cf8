"""Organizations, their members, roles and rights."""
