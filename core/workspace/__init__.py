"""One fleet with its file and its clock, as screens and commands use it."""
