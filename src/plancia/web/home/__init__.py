"""Where people land: the start page, and the home of an organization."""
