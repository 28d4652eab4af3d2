"""The world as plain data: accounts, instances, what happened (events) and what a person can ask for (actions)."""
