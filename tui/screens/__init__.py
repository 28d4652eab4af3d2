"""The three screens, the dialogs, and what they share."""
