"""Benchmarks: `python -m tests.benchmarks` measures everything in one run and prints the ratios."""
