"""Staff's side of terms: what a night would do, what would happen to one organization, and the timetable."""
