"""The profile: a person, how she signs in, and what may act in her name."""
