"""Laws that hold for every history, on random ones."""
