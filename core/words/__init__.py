"""Events, states and results for output: as sentences, as counts, and as JSON."""
