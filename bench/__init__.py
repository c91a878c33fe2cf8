"""Measurements: ratios in one run, written to bench/RESULTS.md with the machine. Run by `make bench`."""
