"""The world as plain data: accounts and instances, events (what happened) and actions (what a person can ask for)."""
