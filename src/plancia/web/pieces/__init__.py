"""The pieces that pages are made of, shown in all their states."""
