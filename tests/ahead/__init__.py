"""Tests of `core/ahead`."""
