"""The pages of signing up and in."""
