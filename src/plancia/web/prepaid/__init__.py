"""The prepaid account: balance, statement, topping up."""
