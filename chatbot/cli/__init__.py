"""The command line: commands parse their options, call one function and print the result."""
