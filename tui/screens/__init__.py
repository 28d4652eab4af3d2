"""The three screens, and what they share."""
