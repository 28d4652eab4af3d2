"""What lies ahead: the same simulation, run on copies."""
