"""The rulebook: its numbers (policy), its texts, and the table of state transitions (lifecycle)."""
