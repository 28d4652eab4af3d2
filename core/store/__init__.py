"""A fleet's file: one plain SQLite database with the journal, the event log and the current state."""
