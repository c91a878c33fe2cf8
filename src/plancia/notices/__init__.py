"""Mail: what we tell people, and when."""
