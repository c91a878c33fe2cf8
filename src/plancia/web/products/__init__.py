"""Products: lists, the page of one, and giving it up."""
