"""The back office: users, and looking in."""
