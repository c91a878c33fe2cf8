"""The help centre as staff see it: writing, what readers think of it, and what they did not find."""
