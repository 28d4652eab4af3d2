"""Tests of `core/simulation` beyond the rules."""
