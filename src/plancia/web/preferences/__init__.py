"""Language and theme: what a browser remembers about how pages look."""
