"""Tests of `core/workspace`."""
