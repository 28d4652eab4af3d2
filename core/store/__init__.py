"""The fleet's file: one plain SQLite database with the journal, the log of events, and the present state."""
