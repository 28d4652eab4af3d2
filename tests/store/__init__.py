"""Tests of the kept file."""
