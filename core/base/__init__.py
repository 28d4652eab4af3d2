"""Building blocks for all other packages: errors, exact money, instants, readers of single values."""
