"""Tests: short histories and what must hold on which date, naming the rule."""
