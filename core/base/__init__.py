"""What everything else is made of: errors, exact money, instants, reading single values. Knows nothing of instances."""
