"""Resources, and the drivers that make them."""
