"""The contents of the tables: sort order, filter, marks and pages."""
