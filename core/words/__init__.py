"""Events and results in words, counted, and in JSON."""
