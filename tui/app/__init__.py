"""The app in three layers: it shows a fleet, moves the clock, and opens the screens."""
