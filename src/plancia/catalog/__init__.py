"""Product types, plans and their versioned prices."""
