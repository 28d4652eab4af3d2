"""Tests of `core/words`."""
