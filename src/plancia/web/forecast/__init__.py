"""Forecast and spending: the page, the file, the calendar."""
