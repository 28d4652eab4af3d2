"""The simulator: rules, clock, money and the file that keeps them. No screen, no wall clock, no randomness."""
