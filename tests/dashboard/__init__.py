"""Tests of the dashboard: screens, dialogs, keys, terminals."""
