"""What the tables list: order, filter, marks, pages."""
