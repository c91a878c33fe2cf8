"""Money, periods, clock, ids, states, refusals; no table, no HTTP."""
