"""What machines call: for now, the callbacks of payment gateways."""
