"""The help centre: articles, search, votes, and the panel beside the pages of the console."""
