"""Facts waiting to be told."""
