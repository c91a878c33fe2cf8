"""One's organizations: the settings of one, all of them, a further one, and those of one's clients."""
