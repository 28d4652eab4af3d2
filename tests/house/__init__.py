"""Tests of the house itself: what may import what, and what every rule needs."""
