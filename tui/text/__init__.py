"""Text for the terminal: fitted to cells, drawn with glyphs, states in words, printed tables."""
