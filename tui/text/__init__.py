"""Text on its way to a terminal: cells, signs, states in words, printed tables."""
