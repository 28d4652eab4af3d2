"""The app: the fleet, its clock, its screens."""
