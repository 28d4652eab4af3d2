"""The simulation: world and action or instant in, events out. All rules are applied here, and only here."""
