"""Money at the bank: what came and is nobody's yet, and what is to leave."""
