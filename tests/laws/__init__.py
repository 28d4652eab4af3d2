"""Laws that must hold for every history, tested on random histories."""
