"""Money in and out through gateways."""
