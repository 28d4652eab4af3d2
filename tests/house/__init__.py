"""Tests of the code base itself: which package may import which, and what every rule needs."""
