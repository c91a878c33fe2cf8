"""The bank: what its statements say came and went, and what we ask it to send."""
