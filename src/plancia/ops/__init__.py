"""Commands, the embedded database and the timetable of every periodic job."""
