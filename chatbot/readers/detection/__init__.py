"""Which format a file is in, by its content first and then by its name."""
