"""The dashboard's commands in one table, their keys, and why a command is not possible now."""
