"""Every command in one table, its keys, and why one is not possible now."""
